# What the clearing house sends, and the reports made of it.
# Written by pipec from the project `mytomorrows`; change it there, not here.

resource "aws_db_subnet_group" "database_reporting" {
  name        = "mytomorrows-reporting${local.suffix}"
  description = "Where the database reporting lies."
  subnet_ids  = [aws_subnet.network_main_private_1.id, aws_subnet.network_main_private_2.id]
}

resource "aws_security_group" "database_reporting" {
  name        = "mytomorrows-reporting-database${local.suffix}"
  description = "Who reaches the database reporting."
  vpc_id      = aws_vpc.network_main.id
  tags = {
    Name = "mytomorrows-reporting-database${local.suffix}"
  }
}

resource "aws_db_parameter_group" "database_reporting" {
  name        = "mytomorrows-reporting-16${local.suffix}"
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

resource "aws_kms_key" "database_reporting" {
  description             = "Encrypts the database reporting and its password."
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

resource "aws_iam_role" "database_reporting" {
  name        = "mytomorrows-reporting-monitoring${local.suffix}"
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

resource "aws_iam_role_policy_attachment" "database_reporting" {
  role       = aws_iam_role.database_reporting.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}

resource "aws_db_instance" "database_reporting" {
  # checkov:skip=CKV2_AWS_30:statements hold what patients are about: they belong into no log
  # checkov:skip=CKV_AWS_293:protected in every environment but those declared disposable
  # checkov:skip=CKV_AWS_157:in several zones in every environment but those declared disposable
  identifier                          = "mytomorrows-reporting${local.suffix}"
  engine                              = "postgres"
  engine_version                      = "16"
  instance_class                      = var.db_class
  db_name                             = "reporting"
  username                            = "keeper"
  manage_master_user_password         = true
  master_user_secret_kms_key_id       = aws_kms_key.database_reporting.arn
  allocated_storage                   = 50
  max_allocated_storage               = 500
  storage_type                        = "gp3"
  storage_encrypted                   = true
  kms_key_id                          = aws_kms_key.database_reporting.arn
  db_subnet_group_name                = aws_db_subnet_group.database_reporting.name
  vpc_security_group_ids              = [aws_security_group.database_reporting.id]
  parameter_group_name                = aws_db_parameter_group.database_reporting.name
  publicly_accessible                 = false
  iam_database_authentication_enabled = true
  multi_az                            = !local.disposable
  deletion_protection                 = !local.disposable
  skip_final_snapshot                 = local.disposable
  final_snapshot_identifier           = "mytomorrows-reporting-final${local.suffix}"
  copy_tags_to_snapshot               = true
  backup_retention_period             = 14
  auto_minor_version_upgrade          = true
  monitoring_interval                 = 60
  monitoring_role_arn                 = aws_iam_role.database_reporting.arn
  performance_insights_enabled        = true
  performance_insights_kms_key_id     = aws_kms_key.database_reporting.arn
  enabled_cloudwatch_logs_exports     = ["postgresql", "upgrade"]
}

output "database_reporting_host" {
  description = "Where the database `reporting` answers."
  value       = aws_db_instance.database_reporting.address
}

output "database_reporting_secret" {
  description = "The secret that holds its administrator's password."
  value       = one(aws_db_instance.database_reporting.master_user_secret[*].secret_arn)
}
