# Who works here that is nobody, and what they may do.
# Written by pipec from the project `emr_analytics`; change it there, not here.

resource "google_service_account" "terraform" {
  project      = var.gcp_project
  account_id   = "terraform${local.suffix}"
  display_name = "terraform"
  description  = "Makes and changes what is declared here."
}

resource "google_project_iam_member" "terraform__1" {
  project = var.gcp_project
  role    = "roles/bigquery.admin"
  member  = google_service_account.terraform.member
}

resource "google_project_iam_member" "terraform__2" {
  project = var.gcp_project
  role    = "roles/storage.admin"
  member  = google_service_account.terraform.member
}

resource "google_service_account_iam_member" "terraform__as__airflow_ingestion" {
  service_account_id = google_service_account.airflow_ingestion.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.terraform.member
}

resource "google_service_account_iam_member" "terraform__as__dbt_analytics" {
  service_account_id = google_service_account.dbt_analytics.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.terraform.member
}

resource "google_service_account" "airflow_ingestion" {
  project      = var.gcp_project
  account_id   = "airflow-ingestion${local.suffix}"
  display_name = "airflow ingestion"
  description  = "Brings files into the landing zone, and loads them."
}

resource "google_service_account" "dbt_analytics" {
  project      = var.gcp_project
  account_id   = "dbt-analytics${local.suffix}"
  display_name = "dbt analytics"
  description  = "Builds the models."
}

resource "google_project_iam_member" "dbt_analytics__1" {
  project = var.gcp_project
  role    = "roles/bigquery.jobUser"
  member  = google_service_account.dbt_analytics.member
}
