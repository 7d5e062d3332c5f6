# Airbyte copies the FHIR server once a day; cron builds, tests and exports after it.
# Written by pipec from the project `engage_analytics`; change it there, not here.

resource "aws_security_group" "compute_server" {
  name        = "engage-analytics-server-machine${local.suffix}"
  description = "What reaches the machine server, and what it reaches."
  vpc_id      = aws_vpc.network_main.id
  tags = {
    Name = "engage-analytics-server-machine${local.suffix}"
  }
}

resource "aws_vpc_security_group_egress_rule" "compute_server_https" {
  security_group_id = aws_security_group.compute_server.id
  description       = "What it fetches and reports, over TLS."
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_egress_rule" "compute_server_airbyte" {
  security_group_id            = aws_security_group.compute_server.id
  description                  = "The database airbyte."
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
  referenced_security_group_id = aws_security_group.database_airbyte.id
}

resource "aws_vpc_security_group_ingress_rule" "compute_server_airbyte" {
  security_group_id            = aws_security_group.database_airbyte.id
  description                  = "The machine server."
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
  referenced_security_group_id = aws_security_group.compute_server.id
}

resource "aws_iam_role" "compute_server" {
  name        = "engage-analytics-server-machine${local.suffix}"
  description = "What the machine server may do."
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "ec2.amazonaws.com"
        }
        Action = "sts:AssumeRole"
      },
    ]
  })
}

resource "aws_iam_instance_profile" "compute_server" {
  name = "engage-analytics-server-machine${local.suffix}"
  role = aws_iam_role.compute_server.name
}

resource "aws_iam_role_policy_attachment" "compute_server_sessions" {
  role       = aws_iam_role.compute_server.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_iam_role_policy_attachment" "compute_server_exporter_writes_of_server" {
  role       = aws_iam_role.compute_server.name
  policy_arn = aws_iam_policy.exporter_writes_of_server.arn
}

data "aws_secretsmanager_secret" "compute_server_1" {
  name = "engage-analytics/airbyte"
}

data "aws_secretsmanager_secret" "compute_server_2" {
  name = "engage-analytics/dbt"
}

resource "aws_iam_role_policy" "compute_server" {
  name = "reads-its-secrets"
  role = aws_iam_role.compute_server.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = ["secretsmanager:GetSecretValue"]
        Resource = [
          data.aws_secretsmanager_secret.compute_server_1.arn,
          data.aws_secretsmanager_secret.compute_server_2.arn,
        ]
      },
    ]
  })
}

resource "aws_instance" "compute_server" {
  ami                         = var.ami
  instance_type               = "t3.large"
  subnet_id                   = aws_subnet.network_main_private_1.id
  vpc_security_group_ids      = [aws_security_group.compute_server.id]
  associate_public_ip_address = false
  iam_instance_profile        = aws_iam_instance_profile.compute_server.name
  ebs_optimized               = true
  monitoring                  = true
  disable_api_termination     = !local.disposable
  user_data = templatefile("${path.module}/bootstrap.sh.tftpl", {
    environment = {
      DB_HOST            = aws_db_instance.database_airbyte.address
      DB_NAME            = aws_db_instance.database_airbyte.db_name
      AWS_DEFAULT_REGION = "us-east-1"
      PIPEC_ENVIRONMENT  = var.environment
    }
    script = file("${path.module}/compute_server.sh")
  })
  tags = {
    Name = "engage-analytics-server-machine${local.suffix}"
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = 50
    encrypted   = true
  }
}

output "compute_server_id" {
  description = "The machine `server`."
  value       = aws_instance.compute_server.id
}

output "compute_server_private_ip" {
  description = "Its address inside."
  value       = aws_instance.compute_server.private_ip
}
