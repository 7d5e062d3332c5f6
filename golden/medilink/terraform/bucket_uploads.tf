# Where hospitals upload to; files that are in go to the archive.
# Written by pipec from the project `medilink`; change it there, not here.

resource "aws_s3_bucket" "uploads" {
  # checkov:skip=CKV_AWS_144:a copy in another region is a place that nobody has cleared
  # checkov:skip=CKV2_AWS_62:nothing listens to what happens in it
  bucket = "medilink-medical-records${local.suffix}"
}

resource "aws_kms_key" "uploads" {
  description             = "Encrypts the bucket medilink-medical-records."
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

resource "aws_kms_alias" "uploads" {
  name          = "alias/medilink-medical-records${local.suffix}"
  target_key_id = aws_kms_key.uploads.key_id
}

resource "aws_s3_bucket_server_side_encryption_configuration" "uploads" {
  bucket = aws_s3_bucket.uploads.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.uploads.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "uploads" {
  bucket                  = aws_s3_bucket.uploads.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "uploads" {
  bucket = aws_s3_bucket.uploads.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "uploads" {
  bucket = aws_s3_bucket.uploads.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "uploads" {
  bucket = aws_s3_bucket.uploads.id

  rule {
    id     = "kept"
    status = "Enabled"

    filter {}

    transition {
      days          = 30
      storage_class = "STANDARD_IA"
    }

    expiration {
      days = 2555
    }
  }

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

  depends_on = [aws_s3_bucket_versioning.uploads]
}

resource "aws_s3_bucket_logging" "uploads" {
  bucket        = aws_s3_bucket.uploads.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "medilink-medical-records/"
}

resource "aws_s3_bucket_policy" "uploads" {
  bucket = aws_s3_bucket.uploads.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "DenyWithoutTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:*"]
        Resource  = [aws_s3_bucket.uploads.arn, "${aws_s3_bucket.uploads.arn}/*"]
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
        Resource  = ["${aws_s3_bucket.uploads.arn}/*"]
        Condition = {
          ArnNotEquals = {
            "aws:PrincipalArn" = concat(var.loader_arns, [
              "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root",
              aws_iam_role.compute_airflow.arn,
            ])
          }
        }
      },
      {
        Sid       = "DenyWritingByOthers"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:PutObject"]
        Resource  = ["${aws_s3_bucket.uploads.arn}/*"]
        Condition = {
          ArnNotEquals = {
            "aws:PrincipalArn" = concat(var.loader_arns, var.uploader_arns, [
              "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root",
              aws_iam_role.compute_airflow.arn,
            ])
          }
        }
      },
    ]
  })
  depends_on = [aws_s3_bucket_public_access_block.uploads]
}
