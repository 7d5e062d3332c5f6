# What only the account knows.
# Written by pipec from the project `efiche`; change it there, not here.

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
