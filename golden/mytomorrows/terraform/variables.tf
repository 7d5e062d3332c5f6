# What only the account knows.
# Written by pipec from the project `mytomorrows`; change it there, not here.

variable "exporter_arns" {
  description = "The users or roles that run the exports; nobody else but the account's root can write into the buckets."
  type        = list(string)
  default     = []
}
