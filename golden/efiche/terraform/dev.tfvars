# terraform apply -var-file=dev.tfvars
# Written by pipec from the project `efiche`; change it there, not here.

environment = "dev"
ami         = "ami-0a1b2c3d4e5f60718"
db_class    = "db.t4g.micro"
