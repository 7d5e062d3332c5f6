# What others need to know.
# Written by pipec from the project `emr_analytics`; change it there, not here.

output "landing_zone" {
  description = "landing zone"
  value       = "emr-analytics-raw${local.suffix}"
}

output "raw_dataset" {
  description = "raw dataset"
  value       = google_bigquery_dataset.emr_raw.dataset_id
}

output "dbt_account" {
  description = "dbt account"
  value       = google_service_account.dbt_analytics.email
}
