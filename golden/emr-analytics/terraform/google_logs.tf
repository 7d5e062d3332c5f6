# Who asked the buckets for what. It holds no data of the platform.
# Written by pipec from the project `emr_analytics`; change it there, not here.

resource "google_storage_bucket" "google_logs" {
  # checkov:skip=CKV_GCP_62:the bucket of access logs would log into itself without end
  name                        = "emr-analytics-access-logs${local.suffix}"
  location                    = "europe-west1"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      days_since_noncurrent_time = 30
    }
  }

  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }

    condition {
      age = 7
    }
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      age = 400
    }
  }
}

data "google_iam_policy" "google_logs" {
  binding {
    role    = "roles/storage.legacyBucketOwner"
    members = ["projectOwner:${var.gcp_project}"]
  }

  binding {
    role    = "roles/storage.objectCreator"
    members = ["group:cloud-storage-analytics@google.com"]
  }

  binding {
    role    = "roles/storage.objectViewer"
    members = ["projectOwner:${var.gcp_project}"]
  }
}

resource "google_storage_bucket_iam_policy" "google_logs" {
  bucket      = google_storage_bucket.google_logs.name
  policy_data = data.google_iam_policy.google_logs.policy_data
}
