# terraform apply -var-file=staging.tfvars
# Written by pipec from the project `engage_analytics`; change it there, not here.

environment = "staging"
ami         = "ami-0a1b2c3d4e5f60718"
