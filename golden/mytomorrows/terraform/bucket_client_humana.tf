# Files for Humana.
# Written by pipec from the project `mytomorrows`; change it there, not here.

resource "aws_s3_bucket" "client_humana" {
  # checkov:skip=CKV_AWS_144:a copy in another region is a place that nobody has cleared
  # checkov:skip=CKV2_AWS_62:nothing listens to what happens in it
  bucket = "mytomorrows-client-humana${local.suffix}"
}

resource "aws_kms_key" "client_humana" {
  description             = "Encrypts the bucket mytomorrows-client-humana."
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

resource "aws_kms_alias" "client_humana" {
  name          = "alias/mytomorrows-client-humana${local.suffix}"
  target_key_id = aws_kms_key.client_humana.key_id
}

resource "aws_s3_bucket_server_side_encryption_configuration" "client_humana" {
  bucket = aws_s3_bucket.client_humana.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.client_humana.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "client_humana" {
  bucket                  = aws_s3_bucket.client_humana.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "client_humana" {
  bucket = aws_s3_bucket.client_humana.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "client_humana" {
  bucket = aws_s3_bucket.client_humana.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "client_humana" {
  bucket = aws_s3_bucket.client_humana.id

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

  depends_on = [aws_s3_bucket_versioning.client_humana]
}

resource "aws_s3_bucket_logging" "client_humana" {
  bucket        = aws_s3_bucket.client_humana.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "mytomorrows-client-humana/"
}

resource "aws_s3_bucket_policy" "client_humana" {
  bucket = aws_s3_bucket.client_humana.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "DenyWithoutTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:*"]
        Resource  = [aws_s3_bucket.client_humana.arn, "${aws_s3_bucket.client_humana.arn}/*"]
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
        Resource  = ["${aws_s3_bucket.client_humana.arn}/*"]
        Condition = {
          ArnNotEquals = {
            "aws:PrincipalArn" = concat(data.aws_iam_group.client_humana.users[*].arn, ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"])
          }
        }
      },
      {
        Sid       = "DenyWritingByOthers"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:PutObject"]
        Resource  = ["${aws_s3_bucket.client_humana.arn}/*"]
        Condition = {
          ArnNotEquals = {
            "aws:PrincipalArn" = concat(var.exporter_arns, [
              "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root",
              aws_iam_role.compute_airflow.arn,
            ])
          }
        }
      },
    ]
  })
  depends_on = [aws_s3_bucket_public_access_block.client_humana]
}
