# terraform apply -var-file=staging.tfvars
# Written by pipec from the project `emr_analytics`; change it there, not here.

environment = "staging"
gcp_project = "emr-analytics-staging"
