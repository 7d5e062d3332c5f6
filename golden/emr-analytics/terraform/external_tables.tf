# Tables that are files in a bucket, and who reads those.
# Written by pipec from the project `emr_analytics`; change it there, not here.

resource "google_bigquery_connection" "files" {
  project       = var.gcp_project
  connection_id = "files"
  location      = "EU"
  description   = "Reads the files of tables."

  cloud_resource {}
}

resource "google_bigquery_table" "emr_raw_patients" {
  # checkov:skip=CKV_GCP_80:it holds no data: the files are encrypted with the key of their bucket
  # checkov:skip=CKV_GCP_121:an environment that may be lost has none, and the others have it
  project             = var.gcp_project
  dataset_id          = google_bigquery_dataset.emr_raw.dataset_id
  table_id            = "patients"
  deletion_protection = !local.disposable
  schema = jsonencode([
    {
      name = "id"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "birthdate"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "deathdate"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "ssn"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "first"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "last"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "race"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "ethnicity"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "gender"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "address"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "city"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "state"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "zip"
      type = "STRING"
      mode = "NULLABLE"
    },
  ])
  ignore_auto_generated_schema = true

  external_data_configuration {
    autodetect    = false
    source_format = "PARQUET"
    source_uris   = ["gs://${google_storage_bucket.raw.name}/emr/patients/*"]
    connection_id = google_bigquery_connection.files.name

    hive_partitioning_options {
      mode              = "CUSTOM"
      source_uri_prefix = "gs://${google_storage_bucket.raw.name}/emr/patients/{ingested_at:TIMESTAMP}"
    }
  }

  depends_on = [google_storage_bucket_iam_policy.raw]
}

resource "google_bigquery_table" "emr_raw_organizations" {
  # checkov:skip=CKV_GCP_80:it holds no data: the files are encrypted with the key of their bucket
  # checkov:skip=CKV_GCP_121:an environment that may be lost has none, and the others have it
  project             = var.gcp_project
  dataset_id          = google_bigquery_dataset.emr_raw.dataset_id
  table_id            = "organizations"
  deletion_protection = !local.disposable
  schema = jsonencode([
    {
      name = "id"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "name"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "city"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "state"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "zip"
      type = "STRING"
      mode = "NULLABLE"
    },
  ])
  ignore_auto_generated_schema = true

  external_data_configuration {
    autodetect    = false
    source_format = "PARQUET"
    source_uris   = ["gs://${google_storage_bucket.raw.name}/emr/organizations/*"]
    connection_id = google_bigquery_connection.files.name

    hive_partitioning_options {
      mode              = "CUSTOM"
      source_uri_prefix = "gs://${google_storage_bucket.raw.name}/emr/organizations/{ingested_at:TIMESTAMP}"
    }
  }

  depends_on = [google_storage_bucket_iam_policy.raw]
}

resource "google_bigquery_table" "emr_raw_providers" {
  # checkov:skip=CKV_GCP_80:it holds no data: the files are encrypted with the key of their bucket
  # checkov:skip=CKV_GCP_121:an environment that may be lost has none, and the others have it
  project             = var.gcp_project
  dataset_id          = google_bigquery_dataset.emr_raw.dataset_id
  table_id            = "providers"
  deletion_protection = !local.disposable
  schema = jsonencode([
    {
      name = "id"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "organization"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "name"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "speciality"
      type = "STRING"
      mode = "NULLABLE"
    },
  ])
  ignore_auto_generated_schema = true

  external_data_configuration {
    autodetect    = false
    source_format = "PARQUET"
    source_uris   = ["gs://${google_storage_bucket.raw.name}/emr/providers/*"]
    connection_id = google_bigquery_connection.files.name

    hive_partitioning_options {
      mode              = "CUSTOM"
      source_uri_prefix = "gs://${google_storage_bucket.raw.name}/emr/providers/{ingested_at:TIMESTAMP}"
    }
  }

  depends_on = [google_storage_bucket_iam_policy.raw]
}

resource "google_bigquery_table" "emr_raw_encounters" {
  # checkov:skip=CKV_GCP_80:it holds no data: the files are encrypted with the key of their bucket
  # checkov:skip=CKV_GCP_121:an environment that may be lost has none, and the others have it
  project             = var.gcp_project
  dataset_id          = google_bigquery_dataset.emr_raw.dataset_id
  table_id            = "encounters"
  deletion_protection = !local.disposable
  schema = jsonencode([
    {
      name = "id"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "start"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "stop"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "patient"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "organization"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "provider"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "encounterclass"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "code"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "description"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "base_encounter_cost"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "total_claim_cost"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "reasoncode"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "reasondescription"
      type = "STRING"
      mode = "NULLABLE"
    },
  ])
  ignore_auto_generated_schema = true

  external_data_configuration {
    autodetect    = false
    source_format = "PARQUET"
    source_uris   = ["gs://${google_storage_bucket.raw.name}/emr/encounters/*"]
    connection_id = google_bigquery_connection.files.name

    hive_partitioning_options {
      mode              = "CUSTOM"
      source_uri_prefix = "gs://${google_storage_bucket.raw.name}/emr/encounters/{ingested_at:TIMESTAMP}"
    }
  }

  depends_on = [google_storage_bucket_iam_policy.raw]
}

resource "google_bigquery_table" "emr_raw_conditions" {
  # checkov:skip=CKV_GCP_80:it holds no data: the files are encrypted with the key of their bucket
  # checkov:skip=CKV_GCP_121:an environment that may be lost has none, and the others have it
  project             = var.gcp_project
  dataset_id          = google_bigquery_dataset.emr_raw.dataset_id
  table_id            = "conditions"
  deletion_protection = !local.disposable
  schema = jsonencode([
    {
      name = "start"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "stop"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "patient"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "encounter"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "code"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "description"
      type = "STRING"
      mode = "NULLABLE"
    },
  ])
  ignore_auto_generated_schema = true

  external_data_configuration {
    autodetect    = false
    source_format = "PARQUET"
    source_uris   = ["gs://${google_storage_bucket.raw.name}/emr/conditions/*"]
    connection_id = google_bigquery_connection.files.name

    hive_partitioning_options {
      mode              = "CUSTOM"
      source_uri_prefix = "gs://${google_storage_bucket.raw.name}/emr/conditions/{ingested_at:TIMESTAMP}"
    }
  }

  depends_on = [google_storage_bucket_iam_policy.raw]
}

resource "google_bigquery_table" "emr_raw_medications" {
  # checkov:skip=CKV_GCP_80:it holds no data: the files are encrypted with the key of their bucket
  # checkov:skip=CKV_GCP_121:an environment that may be lost has none, and the others have it
  project             = var.gcp_project
  dataset_id          = google_bigquery_dataset.emr_raw.dataset_id
  table_id            = "medications"
  deletion_protection = !local.disposable
  schema = jsonencode([
    {
      name = "start"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "stop"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "patient"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "encounter"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "code"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "description"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "base_cost"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "dispenses"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "reasoncode"
      type = "STRING"
      mode = "NULLABLE"
    },
    {
      name = "reasondescription"
      type = "STRING"
      mode = "NULLABLE"
    },
  ])
  ignore_auto_generated_schema = true

  external_data_configuration {
    autodetect    = false
    source_format = "PARQUET"
    source_uris   = ["gs://${google_storage_bucket.raw.name}/emr/medications/*"]
    connection_id = google_bigquery_connection.files.name

    hive_partitioning_options {
      mode              = "CUSTOM"
      source_uri_prefix = "gs://${google_storage_bucket.raw.name}/emr/medications/{ingested_at:TIMESTAMP}"
    }
  }

  depends_on = [google_storage_bucket_iam_policy.raw]
}
