# terraform apply -var-file=production.tfvars
# Written by pipec from the project `emr_analytics`; change it there, not here.

environment = "production"
gcp_project = "emr-analytics-prod"
