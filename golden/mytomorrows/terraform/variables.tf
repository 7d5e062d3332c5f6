# What only the account knows.
# Written by pipec from the project `mytomorrows`; change it there, not here.

variable "exporter_arns" {
  description = "The users or roles that run the exports; nobody else but the account's root can write into the buckets."
  type        = list(string)
  default     = []
}

variable "db_class" {
  description = "The size of the database."
  type        = string
  nullable    = false
  default     = "db.t4g.medium"

  validation {
    condition     = contains(["db.t4g.medium", "db.m7g.large"], var.db_class)
    error_message = "It is one of db.t4g.medium, db.m7g.large."
  }
}

variable "airflow_ami" {
  description = "The image of the machine for Airflow: Debian with Docker, as the house builds it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^ami-[0-9a-f]{8,17}$", var.airflow_ami))
    error_message = "It matches ^ami-[0-9a-f]{8,17}$."
  }
}

variable "tableau_ami" {
  description = "The image of the machine for Tableau Server."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^ami-[0-9a-f]{8,17}$", var.tableau_ami))
    error_message = "It matches ^ami-[0-9a-f]{8,17}$."
  }
}
