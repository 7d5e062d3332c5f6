# Airflow, in containers: the three pipelines. Of these only the clients' writes into buckets.
# Written by pipec from the project `mytomorrows`; change it there, not here.

resource "aws_security_group" "compute_airflow" {
  name        = "mytomorrows-airflow-machine${local.suffix}"
  description = "What reaches the machine airflow, and what it reaches."
  vpc_id      = aws_vpc.network_main.id
  tags = {
    Name = "mytomorrows-airflow-machine${local.suffix}"
  }
}

resource "aws_vpc_security_group_egress_rule" "compute_airflow_https" {
  security_group_id = aws_security_group.compute_airflow.id
  description       = "What it fetches and reports, over TLS."
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_egress_rule" "compute_airflow_reporting" {
  security_group_id            = aws_security_group.compute_airflow.id
  description                  = "The database reporting."
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
  referenced_security_group_id = aws_security_group.database_reporting.id
}

resource "aws_vpc_security_group_ingress_rule" "compute_airflow_reporting" {
  security_group_id            = aws_security_group.database_reporting.id
  description                  = "The machine airflow."
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
  referenced_security_group_id = aws_security_group.compute_airflow.id
}

resource "aws_iam_role" "compute_airflow" {
  name        = "mytomorrows-airflow-machine${local.suffix}"
  description = "What the machine airflow may do."
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

resource "aws_iam_instance_profile" "compute_airflow" {
  name = "mytomorrows-airflow-machine${local.suffix}"
  role = aws_iam_role.compute_airflow.name
}

resource "aws_iam_role_policy_attachment" "compute_airflow_sessions" {
  role       = aws_iam_role.compute_airflow.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_iam_role_policy_attachment" "compute_airflow_exporter_writes_of_airflow" {
  role       = aws_iam_role.compute_airflow.name
  policy_arn = aws_iam_policy.exporter_writes_of_airflow.arn
}

data "aws_secretsmanager_secret" "compute_airflow_1" {
  name = "mytomorrows/airflow"
}

resource "aws_iam_role_policy" "compute_airflow" {
  name = "reads-its-secrets"
  role = aws_iam_role.compute_airflow.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["secretsmanager:GetSecretValue"]
        Resource = [data.aws_secretsmanager_secret.compute_airflow_1.arn]
      },
    ]
  })
}

resource "aws_instance" "compute_airflow" {
  ami                         = var.airflow_ami
  instance_type               = "t3.medium"
  subnet_id                   = aws_subnet.network_main_private_1.id
  vpc_security_group_ids      = [aws_security_group.compute_airflow.id]
  associate_public_ip_address = false
  iam_instance_profile        = aws_iam_instance_profile.compute_airflow.name
  ebs_optimized               = true
  monitoring                  = true
  disable_api_termination     = !local.disposable
  user_data = templatefile("${path.module}/bootstrap.sh.tftpl", {
    environment = {
      DB_HOST           = aws_db_instance.database_reporting.address
      DB_NAME           = aws_db_instance.database_reporting.db_name
      PIPEC_ENVIRONMENT = var.environment
    }
    script = file("${path.module}/compute_airflow.sh")
  })
  tags = {
    Name = "mytomorrows-airflow-machine${local.suffix}"
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 2
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = 30
    encrypted   = true
  }
}

output "compute_airflow_id" {
  description = "The machine `airflow`."
  value       = aws_instance.compute_airflow.id
}

output "compute_airflow_private_ip" {
  description = "Its address inside."
  value       = aws_instance.compute_airflow.private_ip
}
