# The landing zone: what Synthea made, as Parquet, in a folder per table and delivery.
# Written by pipec from the project `emr_analytics`; change it there, not here.

resource "google_kms_crypto_key" "raw" {
  name            = "emr-analytics-raw"
  key_ring        = google_kms_key_ring.buckets.id
  rotation_period = "7776000s"

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_kms_crypto_key_iam_member" "raw" {
  crypto_key_id = google_kms_crypto_key.raw.id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = "serviceAccount:${data.google_storage_project_service_account.current.email_address}"
}

resource "google_storage_bucket" "raw" {
  name                        = "emr-analytics-raw${local.suffix}"
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
      type          = "SetStorageClass"
      storage_class = "COLDLINE"
    }

    condition {
      age = 90
    }
  }

  logging {
    log_bucket        = google_storage_bucket.google_logs.name
    log_object_prefix = "emr-analytics-raw"
  }

  encryption {
    default_kms_key_name = google_kms_crypto_key.raw.id
  }

  depends_on = [google_kms_crypto_key_iam_member.raw]
}

data "google_iam_policy" "raw" {
  binding {
    role    = "roles/storage.legacyBucketOwner"
    members = ["projectOwner:${var.gcp_project}"]
  }

  binding {
    role    = "roles/storage.objectUser"
    members = [google_service_account.airflow_ingestion.member]
  }

  binding {
    role = "roles/storage.objectViewer"
    members = [
      google_service_account.dbt_analytics.member,
      "serviceAccount:${google_bigquery_connection.files.cloud_resource[0].service_account_id}",
    ]
  }
}

resource "google_storage_bucket_iam_policy" "raw" {
  bucket      = google_storage_bucket.raw.name
  policy_data = data.google_iam_policy.raw.policy_data
}
