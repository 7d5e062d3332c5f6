# What runs this, and where.
# Written by pipec from the project `mytomorrows`; change it there, not here.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region = "eu-central-1"

  default_tags {
    tags = {
      project    = "mytomorrows"
      written_by = "pipec"
    }
  }
}

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}
