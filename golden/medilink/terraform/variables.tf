# What only the account knows.
# Written by pipec from the project `medilink`; change it there, not here.

variable "exporter_arns" {
  description = "The users or roles that run the exports; nobody else but the account's root can write into the buckets."
  type        = list(string)
  default     = []
}

variable "loader_arns" {
  description = "The users or roles that run the loads; they read the buckets that files are loaded from, and move files to the archive."
  type        = list(string)
  default     = []
}

variable "uploader_arns" {
  description = "The users or roles that bring files; nobody else but loads and the account's root can write into the buckets they are loaded from."
  type        = list(string)
  default     = []
}

variable "region" {
  description = "Where everything lies."
  type        = string
  nullable    = false
  default     = "eu-west-1"

  validation {
    condition     = contains(["eu-west-1", "eu-central-1"], var.region)
    error_message = "It is one of eu-west-1, eu-central-1."
  }
}

variable "db_class" {
  description = "The size of the database."
  type        = string
  nullable    = false
  default     = "db.t4g.medium"

  validation {
    condition     = contains(["db.t4g.micro", "db.t4g.medium", "db.m7g.large"], var.db_class)
    error_message = "It is one of db.t4g.micro, db.t4g.medium, db.m7g.large."
  }
}

variable "ami" {
  description = "The image of the machine: Ubuntu with Docker, as the house builds it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^ami-[0-9a-f]{8,17}$", var.ami))
    error_message = "It matches ^ami-[0-9a-f]{8,17}$."
  }
}

variable "operations_mail" {
  description = "Whom CloudWatch mails when the database or the machine is in trouble."
  type        = string
  nullable    = false
  default     = "platform@medilink.example"

  validation {
    condition     = can(regex("@medilink[.]example$", var.operations_mail))
    error_message = "It matches @medilink[.]example$."
  }
}
