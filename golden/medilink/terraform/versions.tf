# What runs this, and where.
# Written by pipec from the project `medilink`; change it there, not here.

terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }

  backend "s3" {
    bucket       = "medilink-terraform-state"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      project     = "medilink"
      environment = var.environment
      written_by  = "pipec"
      Owner       = "data team"
    }
  }
}

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}
