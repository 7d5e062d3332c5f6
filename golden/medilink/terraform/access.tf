# Who reads and who writes, as IAM policies.
# Written by pipec from the project `medilink`; change it there, not here.

data "aws_iam_group" "researchers" {
  group_name = "researchers"
}

resource "aws_iam_policy" "researcher" {
  name        = "medilink-researcher${local.suffix}"
  description = "What the role researcher may read."
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ListBuckets"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [aws_s3_bucket.research.arn]
      },
      {
        Sid      = "ReadObjects"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = ["${aws_s3_bucket.research.arn}/*"]
      },
      {
        Sid      = "DecryptObjects"
        Effect   = "Allow"
        Action   = ["kms:Decrypt"]
        Resource = [aws_kms_key.research.arn]
        Condition = {
          StringEquals = {
            "kms:ViaService" = ["s3.${data.aws_region.current.region}.amazonaws.com"]
          }
          "ForAnyValue:StringEquals" = {
            "kms:ResourceAliases" = [aws_kms_alias.research.name]
          }
        }
      },
    ]
  })
}

resource "aws_iam_group_policy_attachment" "researcher" {
  group      = data.aws_iam_group.researchers.group_name
  policy_arn = aws_iam_policy.researcher.arn
}

resource "aws_iam_policy" "exporter_writes" {
  name        = "medilink-exporter${local.suffix}"
  description = "What running the exports takes."
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "WriteObjects"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:AbortMultipartUpload"]
        Resource = ["${aws_s3_bucket.research.arn}/*"]
      },
      {
        Sid      = "EncryptObjects"
        Effect   = "Allow"
        Action   = ["kms:GenerateDataKey", "kms:Decrypt"]
        Resource = [aws_kms_key.research.arn]
        Condition = {
          StringEquals = {
            "kms:ViaService" = ["s3.${data.aws_region.current.region}.amazonaws.com"]
          }
          "ForAnyValue:StringEquals" = {
            "kms:ResourceAliases" = [aws_kms_alias.research.name]
          }
        }
      },
    ]
  })
}

resource "aws_iam_policy" "loader_reads" {
  name        = "medilink-loader${local.suffix}"
  description = "What running the loads takes."
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ListIncoming"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [aws_s3_bucket.uploads.arn]
        Condition = {
          StringLike = {
            "s3:prefix" = ["medical_records/input/"]
          }
        }
      },
      {
        Sid    = "ReadIncoming"
        Effect = "Allow"
        Action = ["s3:GetObject"]
        Resource = [
          "${aws_s3_bucket.uploads.arn}/medical_records/input/facilities*",
          "${aws_s3_bucket.uploads.arn}/medical_records/input/medical_records*",
          "${aws_s3_bucket.uploads.arn}/medical_records/input/patients*",
          "${aws_s3_bucket.uploads.arn}/medical_records/input/triage_visits*",
        ]
      },
      {
        Sid      = "WriteArchive"
        Effect   = "Allow"
        Action   = ["s3:PutObject"]
        Resource = ["${aws_s3_bucket.uploads.arn}/medical_records/archive/*"]
      },
      {
        Sid    = "RemoveIncoming"
        Effect = "Allow"
        Action = ["s3:DeleteObject"]
        Resource = [
          "${aws_s3_bucket.uploads.arn}/medical_records/input/facilities*",
          "${aws_s3_bucket.uploads.arn}/medical_records/input/medical_records*",
          "${aws_s3_bucket.uploads.arn}/medical_records/input/patients*",
          "${aws_s3_bucket.uploads.arn}/medical_records/input/triage_visits*",
        ]
      },
      {
        Sid      = "UseKey"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = [aws_kms_key.uploads.arn]
        Condition = {
          StringEquals = {
            "kms:ViaService" = ["s3.${data.aws_region.current.region}.amazonaws.com"]
          }
          "ForAnyValue:StringEquals" = {
            "kms:ResourceAliases" = [aws_kms_alias.uploads.name]
          }
        }
      },
    ]
  })
}

resource "aws_iam_policy" "exporter_writes_of_airflow" {
  name        = "medilink-exporter_of_airflow${local.suffix}"
  description = "What running its exports takes: the machine airflow."
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "WriteObjects"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:AbortMultipartUpload"]
        Resource = ["${aws_s3_bucket.research.arn}/*"]
      },
      {
        Sid      = "EncryptObjects"
        Effect   = "Allow"
        Action   = ["kms:GenerateDataKey", "kms:Decrypt"]
        Resource = [aws_kms_key.research.arn]
        Condition = {
          StringEquals = {
            "kms:ViaService" = ["s3.${data.aws_region.current.region}.amazonaws.com"]
          }
          "ForAnyValue:StringEquals" = {
            "kms:ResourceAliases" = [aws_kms_alias.research.name]
          }
        }
      },
    ]
  })
}

resource "aws_iam_policy" "loader_reads_of_airflow" {
  name        = "medilink-loader_of_airflow${local.suffix}"
  description = "What running its loads takes: the machine airflow."
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ListIncoming"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [aws_s3_bucket.uploads.arn]
        Condition = {
          StringLike = {
            "s3:prefix" = ["medical_records/input/"]
          }
        }
      },
      {
        Sid    = "ReadIncoming"
        Effect = "Allow"
        Action = ["s3:GetObject"]
        Resource = [
          "${aws_s3_bucket.uploads.arn}/medical_records/input/facilities*",
          "${aws_s3_bucket.uploads.arn}/medical_records/input/medical_records*",
          "${aws_s3_bucket.uploads.arn}/medical_records/input/patients*",
          "${aws_s3_bucket.uploads.arn}/medical_records/input/triage_visits*",
        ]
      },
      {
        Sid      = "WriteArchive"
        Effect   = "Allow"
        Action   = ["s3:PutObject"]
        Resource = ["${aws_s3_bucket.uploads.arn}/medical_records/archive/*"]
      },
      {
        Sid    = "RemoveIncoming"
        Effect = "Allow"
        Action = ["s3:DeleteObject"]
        Resource = [
          "${aws_s3_bucket.uploads.arn}/medical_records/input/facilities*",
          "${aws_s3_bucket.uploads.arn}/medical_records/input/medical_records*",
          "${aws_s3_bucket.uploads.arn}/medical_records/input/patients*",
          "${aws_s3_bucket.uploads.arn}/medical_records/input/triage_visits*",
        ]
      },
      {
        Sid      = "UseKey"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = [aws_kms_key.uploads.arn]
        Condition = {
          StringEquals = {
            "kms:ViaService" = ["s3.${data.aws_region.current.region}.amazonaws.com"]
          }
          "ForAnyValue:StringEquals" = {
            "kms:ResourceAliases" = [aws_kms_alias.uploads.name]
          }
        }
      },
    ]
  })
}
