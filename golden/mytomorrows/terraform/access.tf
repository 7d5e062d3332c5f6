# Who reads and who writes, as IAM policies.
# Written by pipec from the project `mytomorrows`; change it there, not here.

data "aws_iam_group" "client_humana" {
  group_name = "client-humana"
}

data "aws_iam_group" "client_uhc" {
  group_name = "client-uhc"
}

data "aws_iam_group" "staff" {
  group_name = "staff"
}

resource "aws_iam_policy" "client_humana" {
  name        = "mytomorrows-client_humana${local.suffix}"
  description = "What the role client_humana may read."
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ListBuckets"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [aws_s3_bucket.client_humana.arn]
      },
      {
        Sid      = "ReadObjects"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = ["${aws_s3_bucket.client_humana.arn}/*"]
      },
      {
        Sid      = "DecryptObjects"
        Effect   = "Allow"
        Action   = ["kms:Decrypt"]
        Resource = [aws_kms_key.client_humana.arn]
        Condition = {
          StringEquals = {
            "kms:ViaService" = ["s3.${data.aws_region.current.region}.amazonaws.com"]
          }
          "ForAnyValue:StringEquals" = {
            "kms:ResourceAliases" = [aws_kms_alias.client_humana.name]
          }
        }
      },
    ]
  })
}

resource "aws_iam_group_policy_attachment" "client_humana" {
  group      = data.aws_iam_group.client_humana.group_name
  policy_arn = aws_iam_policy.client_humana.arn
}

resource "aws_iam_policy" "client_uhc" {
  name        = "mytomorrows-client_uhc${local.suffix}"
  description = "What the role client_uhc may read."
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ListBuckets"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [aws_s3_bucket.client_uhc.arn]
      },
      {
        Sid      = "ReadObjects"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = ["${aws_s3_bucket.client_uhc.arn}/*"]
      },
      {
        Sid      = "DecryptObjects"
        Effect   = "Allow"
        Action   = ["kms:Decrypt"]
        Resource = [aws_kms_key.client_uhc.arn]
        Condition = {
          StringEquals = {
            "kms:ViaService" = ["s3.${data.aws_region.current.region}.amazonaws.com"]
          }
          "ForAnyValue:StringEquals" = {
            "kms:ResourceAliases" = [aws_kms_alias.client_uhc.name]
          }
        }
      },
    ]
  })
}

resource "aws_iam_group_policy_attachment" "client_uhc" {
  group      = data.aws_iam_group.client_uhc.group_name
  policy_arn = aws_iam_policy.client_uhc.arn
}

resource "aws_iam_policy" "staff" {
  name        = "mytomorrows-staff${local.suffix}"
  description = "What the role staff may read."
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ListBuckets"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [aws_s3_bucket.extracts.arn]
      },
      {
        Sid      = "ReadObjects"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = ["${aws_s3_bucket.extracts.arn}/*"]
      },
      {
        Sid      = "DecryptObjects"
        Effect   = "Allow"
        Action   = ["kms:Decrypt"]
        Resource = [aws_kms_key.extracts.arn]
        Condition = {
          StringEquals = {
            "kms:ViaService" = ["s3.${data.aws_region.current.region}.amazonaws.com"]
          }
          "ForAnyValue:StringEquals" = {
            "kms:ResourceAliases" = [aws_kms_alias.extracts.name]
          }
        }
      },
    ]
  })
}

resource "aws_iam_group_policy_attachment" "staff" {
  group      = data.aws_iam_group.staff.group_name
  policy_arn = aws_iam_policy.staff.arn
}

resource "aws_iam_policy" "exporter_writes" {
  name        = "mytomorrows-exporter${local.suffix}"
  description = "What running the exports takes."
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "WriteObjects"
        Effect = "Allow"
        Action = ["s3:PutObject", "s3:AbortMultipartUpload"]
        Resource = [
          "${aws_s3_bucket.client_uhc.arn}/*",
          "${aws_s3_bucket.client_humana.arn}/*",
          "${aws_s3_bucket.extracts.arn}/*",
        ]
      },
      {
        Sid      = "EncryptObjects"
        Effect   = "Allow"
        Action   = ["kms:GenerateDataKey", "kms:Decrypt"]
        Resource = [aws_kms_key.client_uhc.arn, aws_kms_key.client_humana.arn, aws_kms_key.extracts.arn]
        Condition = {
          StringEquals = {
            "kms:ViaService" = ["s3.${data.aws_region.current.region}.amazonaws.com"]
          }
          "ForAnyValue:StringEquals" = {
            "kms:ResourceAliases" = [aws_kms_alias.client_uhc.name, aws_kms_alias.client_humana.name, aws_kms_alias.extracts.name]
          }
        }
      },
    ]
  })
}

resource "aws_iam_policy" "exporter_writes_of_airflow" {
  name        = "mytomorrows-exporter_of_airflow${local.suffix}"
  description = "What running its exports takes: the machine airflow."
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "WriteObjects"
        Effect = "Allow"
        Action = ["s3:PutObject", "s3:AbortMultipartUpload"]
        Resource = [
          "${aws_s3_bucket.client_uhc.arn}/*",
          "${aws_s3_bucket.client_humana.arn}/*",
          "${aws_s3_bucket.extracts.arn}/*",
        ]
      },
      {
        Sid      = "EncryptObjects"
        Effect   = "Allow"
        Action   = ["kms:GenerateDataKey", "kms:Decrypt"]
        Resource = [aws_kms_key.client_uhc.arn, aws_kms_key.client_humana.arn, aws_kms_key.extracts.arn]
        Condition = {
          StringEquals = {
            "kms:ViaService" = ["s3.${data.aws_region.current.region}.amazonaws.com"]
          }
          "ForAnyValue:StringEquals" = {
            "kms:ResourceAliases" = [aws_kms_alias.client_uhc.name, aws_kms_alias.client_humana.name, aws_kms_alias.extracts.name]
          }
        }
      },
    ]
  })
}
