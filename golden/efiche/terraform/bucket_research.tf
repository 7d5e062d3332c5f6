# Written by pipec from the project `efiche`; change it there, not here.

resource "aws_s3_bucket" "research" {
  # checkov:skip=CKV_AWS_144:a copy in another region is a place that nobody has cleared
  # checkov:skip=CKV2_AWS_62:nothing listens to what happens in it
  bucket = "efiche-research${local.suffix}"
}

resource "aws_kms_key" "research" {
  description             = "Encrypts the bucket efiche-research."
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

resource "aws_kms_alias" "research" {
  name          = "alias/efiche-research${local.suffix}"
  target_key_id = aws_kms_key.research.key_id
}

resource "aws_s3_bucket_server_side_encryption_configuration" "research" {
  bucket = aws_s3_bucket.research.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.research.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "research" {
  bucket                  = aws_s3_bucket.research.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "research" {
  bucket = aws_s3_bucket.research.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "research" {
  bucket = aws_s3_bucket.research.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "research" {
  bucket = aws_s3_bucket.research.id

  rule {
    id     = "kept"
    status = "Enabled"

    filter {}

    transition {
      days          = 90
      storage_class = "GLACIER_IR"
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

  depends_on = [aws_s3_bucket_versioning.research]
}

resource "aws_s3_bucket_logging" "research" {
  bucket        = aws_s3_bucket.research.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "efiche-research/"
}

resource "aws_s3_bucket_policy" "research" {
  bucket = aws_s3_bucket.research.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "DenyWithoutTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:*"]
        Resource  = [aws_s3_bucket.research.arn, "${aws_s3_bucket.research.arn}/*"]
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
        Resource  = ["${aws_s3_bucket.research.arn}/*"]
        Condition = {
          ArnNotEquals = {
            "aws:PrincipalArn" = concat(data.aws_iam_group.researchers.users[*].arn, ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"])
          }
        }
      },
      {
        Sid       = "DenyWritingByOthers"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:PutObject"]
        Resource  = ["${aws_s3_bucket.research.arn}/*"]
        Condition = {
          ArnNotEquals = {
            "aws:PrincipalArn" = concat(var.exporter_arns, [
              "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root",
              aws_iam_role.compute_nightly.arn,
            ])
          }
        }
      },
    ]
  })
  depends_on = [aws_s3_bucket_public_access_block.research]
}
