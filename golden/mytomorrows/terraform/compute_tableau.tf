# Tableau Server: asks Postgres live, so that row-level security holds, and writes nowhere.
# Written by pipec from the project `mytomorrows`; change it there, not here.

resource "aws_security_group" "compute_tableau" {
  name        = "mytomorrows-tableau-machine${local.suffix}"
  description = "What reaches the machine tableau, and what it reaches."
  vpc_id      = aws_vpc.network_main.id
  tags = {
    Name = "mytomorrows-tableau-machine${local.suffix}"
  }
}

resource "aws_vpc_security_group_ingress_rule" "compute_tableau_1" {
  # Open because: clients, the hospital's team and management look at dashboards from wherever they are; Tableau asks who they are
  security_group_id = aws_security_group.compute_tableau.id
  description       = "Port 443 from 0.0.0.0/0."
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_egress_rule" "compute_tableau_https" {
  security_group_id = aws_security_group.compute_tableau.id
  description       = "What it fetches and reports, over TLS."
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_egress_rule" "compute_tableau_reporting" {
  security_group_id            = aws_security_group.compute_tableau.id
  description                  = "The database reporting."
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
  referenced_security_group_id = aws_security_group.database_reporting.id
}

resource "aws_vpc_security_group_ingress_rule" "compute_tableau_reporting" {
  security_group_id            = aws_security_group.database_reporting.id
  description                  = "The machine tableau."
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
  referenced_security_group_id = aws_security_group.compute_tableau.id
}

resource "aws_iam_role" "compute_tableau" {
  name        = "mytomorrows-tableau-machine${local.suffix}"
  description = "What the machine tableau may do."
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

resource "aws_iam_instance_profile" "compute_tableau" {
  name = "mytomorrows-tableau-machine${local.suffix}"
  role = aws_iam_role.compute_tableau.name
}

resource "aws_iam_role_policy_attachment" "compute_tableau_sessions" {
  role       = aws_iam_role.compute_tableau.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_instance" "compute_tableau" {
  # checkov:skip=CKV_AWS_88:it is declared to lie in a public subnet
  ami                         = var.tableau_ami
  instance_type               = "m7i.2xlarge"
  subnet_id                   = aws_subnet.network_main_public_1.id
  vpc_security_group_ids      = [aws_security_group.compute_tableau.id]
  associate_public_ip_address = true
  iam_instance_profile        = aws_iam_instance_profile.compute_tableau.name
  ebs_optimized               = true
  monitoring                  = true
  disable_api_termination     = !local.disposable
  tags = {
    Name = "mytomorrows-tableau-machine${local.suffix}"
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = 500
    encrypted   = true
  }
}

output "compute_tableau_id" {
  description = "The machine `tableau`."
  value       = aws_instance.compute_tableau.id
}

output "compute_tableau_private_ip" {
  description = "Its address inside."
  value       = aws_instance.compute_tableau.private_ip
}

output "compute_tableau_public_ip" {
  description = "Its address outside."
  value       = aws_instance.compute_tableau.public_ip
}
