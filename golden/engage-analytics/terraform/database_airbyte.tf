# FHIR resources as they came, and the tables made of them.
# Written by pipec from the project `engage_analytics`; change it there, not here.

resource "aws_db_subnet_group" "database_airbyte" {
  name        = "engage-analytics-airbyte${local.suffix}"
  description = "Where the database airbyte lies."
  subnet_ids  = [aws_subnet.network_main_private_1.id, aws_subnet.network_main_private_2.id]
}

resource "aws_security_group" "database_airbyte" {
  name        = "engage-analytics-airbyte-database${local.suffix}"
  description = "Who reaches the database airbyte."
  vpc_id      = aws_vpc.network_main.id
  tags = {
    Name = "engage-analytics-airbyte-database${local.suffix}"
  }
}

resource "aws_db_parameter_group" "database_airbyte" {
  name        = "engage-analytics-airbyte-16${local.suffix}"
  family      = "postgres16"
  description = "Nobody connects without TLS, or without a line in the log."

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  parameter {
    name  = "log_connections"
    value = "1"
  }

  parameter {
    name  = "log_disconnections"
    value = "1"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_kms_key" "database_airbyte" {
  description             = "Encrypts the database airbyte and its password."
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "Account"
        Effect = "Allow"
        Principal = {
          AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"
        }
        Action   = ["kms:*"]
        Resource = ["*"]
      },
    ]
  })
}

resource "aws_iam_role" "database_airbyte" {
  name        = "engage-analytics-airbyte-monitoring${local.suffix}"
  description = "Measures the database."
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "monitoring.rds.amazonaws.com"
        }
        Action = "sts:AssumeRole"
      },
    ]
  })
}

resource "aws_iam_role_policy_attachment" "database_airbyte" {
  role       = aws_iam_role.database_airbyte.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}

resource "aws_db_instance" "database_airbyte" {
  # checkov:skip=CKV2_AWS_30:statements hold what patients are about: they belong into no log
  # checkov:skip=CKV_AWS_293:protected in every environment but those declared disposable
  # checkov:skip=CKV_AWS_157:in several zones in every environment but those declared disposable
  identifier                          = "engage-analytics-airbyte${local.suffix}"
  engine                              = "postgres"
  engine_version                      = "16"
  instance_class                      = var.db_class
  db_name                             = "airbyte"
  username                            = "keeper"
  manage_master_user_password         = true
  master_user_secret_kms_key_id       = aws_kms_key.database_airbyte.arn
  allocated_storage                   = 50
  max_allocated_storage               = 500
  storage_type                        = "gp3"
  storage_encrypted                   = true
  kms_key_id                          = aws_kms_key.database_airbyte.arn
  db_subnet_group_name                = aws_db_subnet_group.database_airbyte.name
  vpc_security_group_ids              = [aws_security_group.database_airbyte.id]
  parameter_group_name                = aws_db_parameter_group.database_airbyte.name
  publicly_accessible                 = false
  iam_database_authentication_enabled = true
  multi_az                            = !local.disposable
  deletion_protection                 = !local.disposable
  skip_final_snapshot                 = local.disposable
  final_snapshot_identifier           = "engage-analytics-airbyte-final${local.suffix}"
  copy_tags_to_snapshot               = true
  backup_retention_period             = 14
  auto_minor_version_upgrade          = true
  monitoring_interval                 = 60
  monitoring_role_arn                 = aws_iam_role.database_airbyte.arn
  performance_insights_enabled        = true
  performance_insights_kms_key_id     = aws_kms_key.database_airbyte.arn
  enabled_cloudwatch_logs_exports     = ["postgresql", "upgrade"]
}

output "database_airbyte_host" {
  description = "Where the database `airbyte` answers."
  value       = aws_db_instance.database_airbyte.address
}

output "database_airbyte_secret" {
  description = "The secret that holds its administrator's password."
  value       = one(aws_db_instance.database_airbyte.master_user_secret[*].secret_arn)
}
