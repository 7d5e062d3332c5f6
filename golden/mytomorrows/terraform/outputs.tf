# What others need to know.
# Written by pipec from the project `mytomorrows`; change it there, not here.

output "bucket_client_uhc" {
  description = "The bucket `client_uhc`."
  value       = aws_s3_bucket.client_uhc.bucket
}

output "key_client_uhc" {
  description = "The key of the bucket `client_uhc`."
  value       = aws_kms_key.client_uhc.arn
}

output "bucket_client_humana" {
  description = "The bucket `client_humana`."
  value       = aws_s3_bucket.client_humana.bucket
}

output "key_client_humana" {
  description = "The key of the bucket `client_humana`."
  value       = aws_kms_key.client_humana.arn
}

output "bucket_extracts" {
  description = "The bucket `extracts`."
  value       = aws_s3_bucket.extracts.bucket
}

output "key_extracts" {
  description = "The key of the bucket `extracts`."
  value       = aws_kms_key.extracts.arn
}

output "policy_client_humana" {
  description = "What the role `client_humana` may do."
  value       = aws_iam_policy.client_humana.arn
}

output "policy_client_uhc" {
  description = "What the role `client_uhc` may do."
  value       = aws_iam_policy.client_uhc.arn
}

output "policy_staff" {
  description = "What the role `staff` may do."
  value       = aws_iam_policy.staff.arn
}

output "policy_exporter" {
  description = "What running the exports takes."
  value       = aws_iam_policy.exporter_writes.arn
}

output "tableau_address" {
  description = "Where dashboards are."
  value       = aws_instance.compute_tableau.public_ip
}
