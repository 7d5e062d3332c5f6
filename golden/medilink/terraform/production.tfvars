# terraform apply -var-file=production.tfvars
# Written by pipec from the project `medilink`; change it there, not here.

environment     = "production"
ami             = "ami-0f1e2d3c4b5a69788"
db_class        = "db.m7g.large"
operations_mail = "on-call@medilink.example"
