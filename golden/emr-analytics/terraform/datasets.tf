# Datasets, and whose views read which of them.
# Written by pipec from the project `emr_analytics`; change it there, not here.

data "google_bigquery_default_service_account" "current" {}

resource "google_kms_crypto_key" "datasets" {
  name            = "datasets"
  key_ring        = google_kms_key_ring.datasets.id
  rotation_period = "7776000s"

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_kms_crypto_key_iam_member" "datasets" {
  crypto_key_id = google_kms_crypto_key.datasets.id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = "serviceAccount:${data.google_bigquery_default_service_account.current.email}"
}

resource "google_bigquery_dataset" "emr_intermediate" {
  project                    = var.gcp_project
  dataset_id                 = "emr_intermediate"
  location                   = "EU"
  delete_contents_on_destroy = local.disposable

  access {
    role          = "OWNER"
    special_group = "projectOwners"
  }

  access {
    role          = "WRITER"
    user_by_email = google_service_account.dbt_analytics.email
  }

  default_encryption_configuration {
    kms_key_name = google_kms_crypto_key.datasets.id
  }

  depends_on = [google_kms_crypto_key_iam_member.datasets]
}

resource "google_bigquery_dataset" "emr_marts" {
  project                    = var.gcp_project
  dataset_id                 = "emr_marts"
  location                   = "EU"
  delete_contents_on_destroy = local.disposable
  description                = "What analysts and the dashboard read."
  labels = {
    layer = "marts"
  }

  access {
    role          = "OWNER"
    special_group = "projectOwners"
  }

  access {
    role          = "WRITER"
    user_by_email = google_service_account.dbt_analytics.email
  }

  default_encryption_configuration {
    kms_key_name = google_kms_crypto_key.datasets.id
  }

  depends_on = [google_kms_crypto_key_iam_member.datasets]
}

resource "google_bigquery_dataset" "emr_raw" {
  project                    = var.gcp_project
  dataset_id                 = "emr_raw"
  location                   = "EU"
  delete_contents_on_destroy = local.disposable
  description                = "What lies in the landing zone, as tables."
  labels = {
    layer = "raw"
  }

  access {
    role          = "OWNER"
    special_group = "projectOwners"
  }

  access {
    role          = "WRITER"
    user_by_email = google_service_account.airflow_ingestion.email
  }

  access {
    role          = "WRITER"
    user_by_email = google_service_account.dbt_analytics.email
  }

  default_encryption_configuration {
    kms_key_name = google_kms_crypto_key.datasets.id
  }

  depends_on = [google_kms_crypto_key_iam_member.datasets]
}

resource "google_bigquery_dataset" "emr_staging" {
  project                    = var.gcp_project
  dataset_id                 = "emr_staging"
  location                   = "EU"
  delete_contents_on_destroy = local.disposable

  access {
    role          = "OWNER"
    special_group = "projectOwners"
  }

  access {
    role          = "WRITER"
    user_by_email = google_service_account.dbt_analytics.email
  }

  default_encryption_configuration {
    kms_key_name = google_kms_crypto_key.datasets.id
  }

  depends_on = [google_kms_crypto_key_iam_member.datasets]
}
