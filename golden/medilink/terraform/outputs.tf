# What others need to know.
# Written by pipec from the project `medilink`; change it there, not here.

output "bucket_research" {
  description = "The bucket `research`."
  value       = aws_s3_bucket.research.bucket
}

output "key_research" {
  description = "The key of the bucket `research`."
  value       = aws_kms_key.research.arn
}

output "bucket_uploads" {
  description = "The bucket `uploads`."
  value       = aws_s3_bucket.uploads.bucket
}

output "key_uploads" {
  description = "The key of the bucket `uploads`."
  value       = aws_kms_key.uploads.arn
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

output "airflow_address" {
  description = "Where Airflow and the API answer."
  value       = aws_instance.compute_airflow.public_ip
}
