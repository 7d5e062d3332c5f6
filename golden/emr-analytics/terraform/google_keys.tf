# Rings of the keys that encrypt what lies at Google.
# Written by pipec from the project `emr_analytics`; change it there, not here.

resource "google_kms_key_ring" "buckets" {
  name     = "emr-analytics-buckets${local.suffix}"
  location = "europe-west1"
}

resource "google_kms_key_ring" "datasets" {
  name     = "emr-analytics-datasets${local.suffix}"
  location = "europe"
}
