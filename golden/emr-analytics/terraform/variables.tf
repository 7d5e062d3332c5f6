# What may differ from environment to environment.
# Written by pipec from the project `emr_analytics`; change it there, not here.

variable "gcp_project" {
  description = "The project at Google that everything lies in."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.gcp_project))
    error_message = "It matches ^[a-z][a-z0-9-]{4,28}[a-z0-9]$."
  }
}
