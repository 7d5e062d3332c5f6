# Cron: takes in what has arrived, builds, tests, and hands out what researchers may have.
# Written by pipec from the project `efiche`; change it there, not here.

resource "aws_security_group" "compute_nightly" {
  name        = "efiche-nightly-machine${local.suffix}"
  description = "What reaches the machine nightly, and what it reaches."
  vpc_id      = aws_vpc.network_main.id
  tags = {
    Name = "efiche-nightly-machine${local.suffix}"
  }
}

resource "aws_vpc_security_group_egress_rule" "compute_nightly_https" {
  security_group_id = aws_security_group.compute_nightly.id
  description       = "What it fetches and reports, over TLS."
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_egress_rule" "compute_nightly_clinical" {
  security_group_id            = aws_security_group.compute_nightly.id
  description                  = "The database clinical."
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
  referenced_security_group_id = aws_security_group.database_clinical.id
}

resource "aws_vpc_security_group_ingress_rule" "compute_nightly_clinical" {
  security_group_id            = aws_security_group.database_clinical.id
  description                  = "The machine nightly."
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
  referenced_security_group_id = aws_security_group.compute_nightly.id
}

resource "aws_iam_role" "compute_nightly" {
  name        = "efiche-nightly-machine${local.suffix}"
  description = "What the machine nightly may do."
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

resource "aws_iam_instance_profile" "compute_nightly" {
  name = "efiche-nightly-machine${local.suffix}"
  role = aws_iam_role.compute_nightly.name
}

resource "aws_iam_role_policy_attachment" "compute_nightly_sessions" {
  role       = aws_iam_role.compute_nightly.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_iam_role_policy_attachment" "compute_nightly_exporter_writes_of_nightly" {
  role       = aws_iam_role.compute_nightly.name
  policy_arn = aws_iam_policy.exporter_writes_of_nightly.arn
}

resource "aws_iam_role_policy_attachment" "compute_nightly_loader_reads_of_nightly" {
  role       = aws_iam_role.compute_nightly.name
  policy_arn = aws_iam_policy.loader_reads_of_nightly.arn
}

data "aws_secretsmanager_secret" "compute_nightly_1" {
  name = "efiche/dbt"
}

resource "aws_iam_role_policy" "compute_nightly" {
  name = "reads-its-secrets"
  role = aws_iam_role.compute_nightly.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["secretsmanager:GetSecretValue"]
        Resource = [data.aws_secretsmanager_secret.compute_nightly_1.arn]
      },
    ]
  })
}

resource "aws_instance" "compute_nightly" {
  ami                         = var.ami
  instance_type               = "t3.small"
  subnet_id                   = aws_subnet.network_main_private_1.id
  vpc_security_group_ids      = [aws_security_group.compute_nightly.id]
  associate_public_ip_address = false
  iam_instance_profile        = aws_iam_instance_profile.compute_nightly.name
  ebs_optimized               = true
  monitoring                  = true
  disable_api_termination     = !local.disposable
  user_data = templatefile("${path.module}/bootstrap.sh.tftpl", {
    environment = {
      DB_HOST            = aws_db_instance.database_clinical.address
      DB_NAME            = aws_db_instance.database_clinical.db_name
      AWS_DEFAULT_REGION = "eu-west-1"
      PIPEC_ENVIRONMENT  = var.environment
    }
    script = file("${path.module}/compute_nightly.sh")
  })
  tags = {
    Name = "efiche-nightly-machine${local.suffix}"
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = 30
    encrypted   = true
  }
}

output "compute_nightly_id" {
  description = "The machine `nightly`."
  value       = aws_instance.compute_nightly.id
}

output "compute_nightly_private_ip" {
  description = "Its address inside."
  value       = aws_instance.compute_nightly.private_ip
}
