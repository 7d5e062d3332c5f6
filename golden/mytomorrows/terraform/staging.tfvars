# terraform apply -var-file=staging.tfvars
# Written by pipec from the project `mytomorrows`; change it there, not here.

environment = "staging"
airflow_ami = "ami-0a1b2c3d4e5f60718"
tableau_ami = "ami-0b2c3d4e5f6071829"
