# terraform apply -var-file=production.tfvars
# Written by pipec from the project `mytomorrows`; change it there, not here.

environment = "production"
airflow_ami = "ami-0f1e2d3c4b5a69788"
db_class    = "db.m7g.large"
tableau_ami = "ami-0e1d2c3b4a5968778"
