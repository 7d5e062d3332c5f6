# Written by pipec from the project `engage_analytics`; change it there, not here.

resource "aws_s3_bucket" "metrics" {
  # checkov:skip=CKV_AWS_144:a copy in another region is a place that nobody has cleared
  # checkov:skip=CKV2_AWS_62:nothing listens to what happens in it
  bucket = "engage-analytics-exports-metrics${local.suffix}"
}

resource "aws_kms_key" "metrics" {
  description             = "Encrypts the bucket engage-analytics-exports-metrics."
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "LeaveItToTheAccount"
        Effect = "Allow"
        Principal = {
          AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"
        }
        Action   = ["kms:*"]
        Resource = ["*"]
      },
    ]
  })
}

resource "aws_kms_alias" "metrics" {
  name          = "alias/engage-analytics-exports-metrics${local.suffix}"
  target_key_id = aws_kms_key.metrics.key_id
}

resource "aws_s3_bucket_server_side_encryption_configuration" "metrics" {
  bucket = aws_s3_bucket.metrics.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.metrics.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "metrics" {
  bucket                  = aws_s3_bucket.metrics.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "metrics" {
  bucket = aws_s3_bucket.metrics.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "metrics" {
  bucket = aws_s3_bucket.metrics.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "metrics" {
  bucket = aws_s3_bucket.metrics.id

  rule {
    id     = "old_versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 30
    }
  }

  rule {
    id     = "unfinished_uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.metrics]
}

resource "aws_s3_bucket_logging" "metrics" {
  bucket        = aws_s3_bucket.metrics.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "engage-analytics-exports-metrics/"
}

resource "aws_s3_bucket_policy" "metrics" {
  bucket = aws_s3_bucket.metrics.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "DenyWithoutTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:*"]
        Resource  = [aws_s3_bucket.metrics.arn, "${aws_s3_bucket.metrics.arn}/*"]
        Condition = {
          Bool = {
            "aws:SecureTransport" = ["false"]
          }
        }
      },
      {
        Sid       = "DenyReadingByOthers"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:GetObject*"]
        Resource  = ["${aws_s3_bucket.metrics.arn}/*"]
        Condition = {
          ArnNotEquals = {
            "aws:PrincipalArn" = concat(data.aws_iam_group.reporting.users[*].arn, ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"])
          }
        }
      },
      {
        Sid       = "DenyWritingByOthers"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:PutObject"]
        Resource  = ["${aws_s3_bucket.metrics.arn}/*"]
        Condition = {
          ArnNotEquals = {
            "aws:PrincipalArn" = concat(var.exporter_arns, [
              "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root",
              aws_iam_role.compute_server.arn,
            ])
          }
        }
      },
    ]
  })
  depends_on = [aws_s3_bucket_public_access_block.metrics]
}
