# Where sets of images arrive.
# Written by pipec from the project `efiche`; change it there, not here.

resource "aws_s3_bucket" "arrivals" {
  # checkov:skip=CKV_AWS_144:a copy in another region is a place that nobody has cleared
  # checkov:skip=CKV2_AWS_62:nothing listens to what happens in it
  bucket = "efiche-arrivals${local.suffix}"
}

resource "aws_kms_key" "arrivals" {
  description             = "Encrypts the bucket efiche-arrivals."
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

resource "aws_kms_alias" "arrivals" {
  name          = "alias/efiche-arrivals${local.suffix}"
  target_key_id = aws_kms_key.arrivals.key_id
}

resource "aws_s3_bucket_server_side_encryption_configuration" "arrivals" {
  bucket = aws_s3_bucket.arrivals.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.arrivals.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "arrivals" {
  bucket                  = aws_s3_bucket.arrivals.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "arrivals" {
  bucket = aws_s3_bucket.arrivals.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "arrivals" {
  bucket = aws_s3_bucket.arrivals.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "arrivals" {
  bucket = aws_s3_bucket.arrivals.id

  rule {
    id     = "kept"
    status = "Enabled"

    filter {}

    transition {
      days          = 30
      storage_class = "STANDARD_IA"
    }

    expiration {
      days = 730
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

  depends_on = [aws_s3_bucket_versioning.arrivals]
}

resource "aws_s3_bucket_logging" "arrivals" {
  bucket        = aws_s3_bucket.arrivals.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "efiche-arrivals/"
}

resource "aws_s3_bucket_policy" "arrivals" {
  bucket = aws_s3_bucket.arrivals.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "DenyWithoutTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:*"]
        Resource  = [aws_s3_bucket.arrivals.arn, "${aws_s3_bucket.arrivals.arn}/*"]
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
        Resource  = ["${aws_s3_bucket.arrivals.arn}/*"]
        Condition = {
          ArnNotEquals = {
            "aws:PrincipalArn" = concat(var.loader_arns, [
              "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root",
              aws_iam_role.compute_nightly.arn,
            ])
          }
        }
      },
      {
        Sid       = "DenyWritingByOthers"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:PutObject"]
        Resource  = ["${aws_s3_bucket.arrivals.arn}/*"]
        Condition = {
          ArnNotEquals = {
            "aws:PrincipalArn" = concat(var.loader_arns, var.uploader_arns, [
              "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root",
              aws_iam_role.compute_nightly.arn,
            ])
          }
        }
      },
    ]
  })
  depends_on = [aws_s3_bucket_public_access_block.arrivals]
}
