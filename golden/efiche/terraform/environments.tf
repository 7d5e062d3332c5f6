# Which of the environments this is, and what follows from it.
# Written by pipec from the project `efiche`; change it there, not here.

variable "environment" {
  description = "Which of the environments this is."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["dev", "staging", "production"], var.environment)
    error_message = "The environment is one of dev, staging, production."
  }
}

locals {
  suffixes = {
    dev        = "-dev"
    staging    = "-staging"
    production = ""
  }
  suffix     = local.suffixes[var.environment]
  disposable = contains(["dev", "staging"], var.environment)
}
