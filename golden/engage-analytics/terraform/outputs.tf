# What others need to know.
# Written by pipec from the project `engage_analytics`; change it there, not here.

output "bucket_anon" {
  description = "The bucket `anon`."
  value       = aws_s3_bucket.anon.bucket
}

output "key_anon" {
  description = "The key of the bucket `anon`."
  value       = aws_kms_key.anon.arn
}

output "bucket_pii" {
  description = "The bucket `pii`."
  value       = aws_s3_bucket.pii.bucket
}

output "key_pii" {
  description = "The key of the bucket `pii`."
  value       = aws_kms_key.pii.arn
}

output "bucket_metrics" {
  description = "The bucket `metrics`."
  value       = aws_s3_bucket.metrics.bucket
}

output "key_metrics" {
  description = "The key of the bucket `metrics`."
  value       = aws_kms_key.metrics.arn
}

output "policy_analyst" {
  description = "What the role `analyst` may do."
  value       = aws_iam_policy.analyst.arn
}

output "policy_privacy_officer" {
  description = "What the role `privacy_officer` may do."
  value       = aws_iam_policy.privacy_officer.arn
}

output "policy_reporting" {
  description = "What the role `reporting` may do."
  value       = aws_iam_policy.reporting.arn
}

output "policy_exporter" {
  description = "What running the exports takes."
  value       = aws_iam_policy.exporter_writes.arn
}
