# What runs this, and where.
# Written by pipec from the project `engage_analytics`; change it there, not here.

terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }

  backend "s3" {
    bucket       = "engage-analytics-terraform-state"
    region       = "us-east-1"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = "us-east-1"

  default_tags {
    tags = {
      project     = "engage_analytics"
      environment = var.environment
      written_by  = "pipec"
    }
  }
}

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}
