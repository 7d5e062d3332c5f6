# What runs this, and where.
# Written by pipec from the project `mytomorrows`; change it there, not here.

terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }

  backend "s3" {
    bucket       = "mytomorrows-terraform-state"
    region       = "eu-central-1"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = "eu-central-1"

  default_tags {
    tags = {
      project     = "mytomorrows"
      environment = var.environment
      written_by  = "pipec"
    }
  }
}

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}
