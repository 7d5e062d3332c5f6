# What runs this, and where.
# Written by pipec from the project `emr_analytics`; change it there, not here.

terraform {
  required_version = ">= 1.10"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 7.0, < 9.0"
    }
  }

  backend "gcs" {
    bucket = "emr-analytics-terraform-state"
  }
}
