# Where it lies at Google.
# Written by pipec from the project `emr_analytics`; change it there, not here.

provider "google" {
  project = var.gcp_project
  region  = "europe-west1"
  default_labels = {
    project     = "emr_analytics"
    environment = var.environment
    written_by  = "pipec"
  }
}

data "google_storage_project_service_account" "current" {}
