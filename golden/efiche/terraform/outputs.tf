# What others need to know.
# Written by pipec from the project `efiche`; change it there, not here.

output "bucket_research" {
  description = "The bucket `research`."
  value       = aws_s3_bucket.research.bucket
}

output "key_research" {
  description = "The key of the bucket `research`."
  value       = aws_kms_key.research.arn
}

output "bucket_arrivals" {
  description = "The bucket `arrivals`."
  value       = aws_s3_bucket.arrivals.bucket
}

output "key_arrivals" {
  description = "The key of the bucket `arrivals`."
  value       = aws_kms_key.arrivals.arn
}

output "policy_researcher" {
  description = "What the role `researcher` may do."
  value       = aws_iam_policy.researcher.arn
}

output "policy_exporter" {
  description = "What running the exports takes."
  value       = aws_iam_policy.exporter_writes.arn
}

output "policy_loader" {
  description = "What running the loads takes."
  value       = aws_iam_policy.loader_reads.arn
}
