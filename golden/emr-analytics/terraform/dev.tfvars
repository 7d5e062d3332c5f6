# terraform apply -var-file=dev.tfvars
# Written by pipec from the project `emr_analytics`; change it there, not here.

environment = "dev"
gcp_project = "emr-analytics-dev"
