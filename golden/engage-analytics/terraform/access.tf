# Who reads and who writes, as IAM policies.
# Written by pipec from the project `engage_analytics`; change it there, not here.

data "aws_iam_group" "analysts" {
  group_name = "analysts"
}

data "aws_iam_group" "privacy_officers" {
  group_name = "privacy-officers"
}

data "aws_iam_group" "reporting" {
  group_name = "reporting"
}

resource "aws_iam_policy" "analyst" {
  name        = "engage_analytics-analyst${local.suffix}"
  description = "What the role analyst may read."
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ListBuckets"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [aws_s3_bucket.anon.arn]
      },
      {
        Sid      = "ReadObjects"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = ["${aws_s3_bucket.anon.arn}/*"]
      },
      {
        Sid      = "DecryptObjects"
        Effect   = "Allow"
        Action   = ["kms:Decrypt"]
        Resource = [aws_kms_key.anon.arn]
        Condition = {
          StringEquals = {
            "kms:ViaService" = ["s3.${data.aws_region.current.region}.amazonaws.com"]
          }
          "ForAnyValue:StringEquals" = {
            "kms:ResourceAliases" = [aws_kms_alias.anon.name]
          }
        }
      },
    ]
  })
}

resource "aws_iam_group_policy_attachment" "analyst" {
  group      = data.aws_iam_group.analysts.group_name
  policy_arn = aws_iam_policy.analyst.arn
}

resource "aws_iam_policy" "privacy_officer" {
  name        = "engage_analytics-privacy_officer${local.suffix}"
  description = "What the role privacy_officer may read."
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ListBuckets"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [aws_s3_bucket.pii.arn]
      },
      {
        Sid      = "ReadObjects"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = ["${aws_s3_bucket.pii.arn}/*"]
      },
      {
        Sid      = "DecryptObjects"
        Effect   = "Allow"
        Action   = ["kms:Decrypt"]
        Resource = [aws_kms_key.pii.arn]
        Condition = {
          StringEquals = {
            "kms:ViaService" = ["s3.${data.aws_region.current.region}.amazonaws.com"]
          }
          "ForAnyValue:StringEquals" = {
            "kms:ResourceAliases" = [aws_kms_alias.pii.name]
          }
        }
      },
    ]
  })
}

resource "aws_iam_group_policy_attachment" "privacy_officer" {
  group      = data.aws_iam_group.privacy_officers.group_name
  policy_arn = aws_iam_policy.privacy_officer.arn
}

resource "aws_iam_policy" "reporting" {
  name        = "engage_analytics-reporting${local.suffix}"
  description = "What the role reporting may read."
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ListBuckets"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [aws_s3_bucket.metrics.arn]
      },
      {
        Sid      = "ReadObjects"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = ["${aws_s3_bucket.metrics.arn}/*"]
      },
      {
        Sid      = "DecryptObjects"
        Effect   = "Allow"
        Action   = ["kms:Decrypt"]
        Resource = [aws_kms_key.metrics.arn]
        Condition = {
          StringEquals = {
            "kms:ViaService" = ["s3.${data.aws_region.current.region}.amazonaws.com"]
          }
          "ForAnyValue:StringEquals" = {
            "kms:ResourceAliases" = [aws_kms_alias.metrics.name]
          }
        }
      },
    ]
  })
}

resource "aws_iam_group_policy_attachment" "reporting" {
  group      = data.aws_iam_group.reporting.group_name
  policy_arn = aws_iam_policy.reporting.arn
}

resource "aws_iam_policy" "exporter_writes" {
  name        = "engage_analytics-exporter${local.suffix}"
  description = "What running the exports takes."
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "WriteObjects"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:AbortMultipartUpload"]
        Resource = ["${aws_s3_bucket.anon.arn}/*", "${aws_s3_bucket.pii.arn}/*", "${aws_s3_bucket.metrics.arn}/*"]
      },
      {
        Sid      = "EncryptObjects"
        Effect   = "Allow"
        Action   = ["kms:GenerateDataKey", "kms:Decrypt"]
        Resource = [aws_kms_key.anon.arn, aws_kms_key.pii.arn, aws_kms_key.metrics.arn]
        Condition = {
          StringEquals = {
            "kms:ViaService" = ["s3.${data.aws_region.current.region}.amazonaws.com"]
          }
          "ForAnyValue:StringEquals" = {
            "kms:ResourceAliases" = [aws_kms_alias.anon.name, aws_kms_alias.pii.name, aws_kms_alias.metrics.name]
          }
        }
      },
    ]
  })
}

resource "aws_iam_policy" "exporter_writes_of_server" {
  name        = "engage_analytics-exporter_of_server${local.suffix}"
  description = "What running its exports takes: the machine server."
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "WriteObjects"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:AbortMultipartUpload"]
        Resource = ["${aws_s3_bucket.anon.arn}/*", "${aws_s3_bucket.pii.arn}/*", "${aws_s3_bucket.metrics.arn}/*"]
      },
      {
        Sid      = "EncryptObjects"
        Effect   = "Allow"
        Action   = ["kms:GenerateDataKey", "kms:Decrypt"]
        Resource = [aws_kms_key.anon.arn, aws_kms_key.pii.arn, aws_kms_key.metrics.arn]
        Condition = {
          StringEquals = {
            "kms:ViaService" = ["s3.${data.aws_region.current.region}.amazonaws.com"]
          }
          "ForAnyValue:StringEquals" = {
            "kms:ResourceAliases" = [aws_kms_alias.anon.name, aws_kms_alias.pii.name, aws_kms_alias.metrics.name]
          }
        }
      },
    ]
  })
}
