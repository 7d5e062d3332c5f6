# Written by pipec from the project `engage_analytics`; change it there, not here.

data "aws_availability_zones" "network_main" {
  # checkov:skip=CKV_AWS_394:a subnet stays in the zone it was made in, whatever is listed one day
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

resource "aws_vpc" "network_main" {
  cidr_block           = "10.40.0.0/16"
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags = {
    Name = "engage-analytics-network-main${local.suffix}"
  }
}

resource "aws_default_security_group" "network_main" {
  vpc_id = aws_vpc.network_main.id
  tags = {
    Name = "engage-analytics-network-main-closed${local.suffix}"
  }
}

resource "aws_internet_gateway" "network_main" {
  vpc_id = aws_vpc.network_main.id
  tags = {
    Name = "engage-analytics-network-main${local.suffix}"
  }
}

resource "aws_subnet" "network_main_public_1" {
  vpc_id                  = aws_vpc.network_main.id
  cidr_block              = "10.40.0.0/19"
  availability_zone       = data.aws_availability_zones.network_main.names[0]
  map_public_ip_on_launch = false
  tags = {
    Name = "engage-analytics-network-main-public-1${local.suffix}"
  }

  lifecycle {
    ignore_changes = [availability_zone]
  }
}

resource "aws_eip" "network_main_1" {
  domain = "vpc"
  tags = {
    Name = "engage-analytics-network-main-1${local.suffix}"
  }
}

resource "aws_nat_gateway" "network_main_1" {
  allocation_id = aws_eip.network_main_1.id
  subnet_id     = aws_subnet.network_main_public_1.id
  tags = {
    Name = "engage-analytics-network-main-1${local.suffix}"
  }
  depends_on = [aws_internet_gateway.network_main]
}

resource "aws_subnet" "network_main_public_2" {
  vpc_id                  = aws_vpc.network_main.id
  cidr_block              = "10.40.32.0/19"
  availability_zone       = data.aws_availability_zones.network_main.names[1]
  map_public_ip_on_launch = false
  tags = {
    Name = "engage-analytics-network-main-public-2${local.suffix}"
  }

  lifecycle {
    ignore_changes = [availability_zone]
  }
}

resource "aws_eip" "network_main_2" {
  count  = local.disposable ? 0 : 1
  domain = "vpc"
  tags = {
    Name = "engage-analytics-network-main-2${local.suffix}"
  }
}

resource "aws_nat_gateway" "network_main_2" {
  count         = local.disposable ? 0 : 1
  allocation_id = aws_eip.network_main_2[0].id
  subnet_id     = aws_subnet.network_main_public_2.id
  tags = {
    Name = "engage-analytics-network-main-2${local.suffix}"
  }
  depends_on = [aws_internet_gateway.network_main]
}

resource "aws_route_table" "network_main_public" {
  vpc_id = aws_vpc.network_main.id
  tags = {
    Name = "engage-analytics-network-main-public${local.suffix}"
  }
}

resource "aws_route" "network_main_public" {
  route_table_id         = aws_route_table.network_main_public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.network_main.id
}

resource "aws_route_table_association" "network_main_public_1" {
  subnet_id      = aws_subnet.network_main_public_1.id
  route_table_id = aws_route_table.network_main_public.id
}

resource "aws_route_table_association" "network_main_public_2" {
  subnet_id      = aws_subnet.network_main_public_2.id
  route_table_id = aws_route_table.network_main_public.id
}

resource "aws_subnet" "network_main_private_1" {
  vpc_id                  = aws_vpc.network_main.id
  cidr_block              = "10.40.128.0/19"
  availability_zone       = data.aws_availability_zones.network_main.names[0]
  map_public_ip_on_launch = false
  tags = {
    Name = "engage-analytics-network-main-private-1${local.suffix}"
  }

  lifecycle {
    ignore_changes = [availability_zone]
  }
}

resource "aws_subnet" "network_main_private_2" {
  vpc_id                  = aws_vpc.network_main.id
  cidr_block              = "10.40.160.0/19"
  availability_zone       = data.aws_availability_zones.network_main.names[1]
  map_public_ip_on_launch = false
  tags = {
    Name = "engage-analytics-network-main-private-2${local.suffix}"
  }

  lifecycle {
    ignore_changes = [availability_zone]
  }
}

resource "aws_route_table" "network_main_private_1" {
  vpc_id = aws_vpc.network_main.id
  tags = {
    Name = "engage-analytics-network-main-private-1${local.suffix}"
  }
}

resource "aws_route" "network_main_private_1" {
  route_table_id         = aws_route_table.network_main_private_1.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.network_main_1.id
}

resource "aws_route_table_association" "network_main_private_1" {
  subnet_id      = aws_subnet.network_main_private_1.id
  route_table_id = aws_route_table.network_main_private_1.id
}

resource "aws_route_table" "network_main_private_2" {
  vpc_id = aws_vpc.network_main.id
  tags = {
    Name = "engage-analytics-network-main-private-2${local.suffix}"
  }
}

resource "aws_route" "network_main_private_2" {
  route_table_id         = aws_route_table.network_main_private_2.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = local.disposable ? aws_nat_gateway.network_main_1.id : one(aws_nat_gateway.network_main_2[*].id)
}

resource "aws_route_table_association" "network_main_private_2" {
  subnet_id      = aws_subnet.network_main_private_2.id
  route_table_id = aws_route_table.network_main_private_2.id
}

resource "aws_vpc_endpoint" "network_main_s3" {
  vpc_id            = aws_vpc.network_main.id
  service_name      = "com.amazonaws.${data.aws_region.current.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids = [
    aws_route_table.network_main_public.id,
    aws_route_table.network_main_private_1.id,
    aws_route_table.network_main_private_2.id,
  ]
  tags = {
    Name = "engage-analytics-network-main-s3${local.suffix}"
  }
}

resource "aws_kms_key" "network_main_flow_logs" {
  description             = "Encrypts the flow logs of the network main."
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
      {
        Sid    = "FlowLogs"
        Effect = "Allow"
        Principal = {
          Service = "logs.${data.aws_region.current.region}.amazonaws.com"
        }
        Action   = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
        Resource = ["*"]
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = data.aws_caller_identity.current.account_id
          }
        }
      },
    ]
  })
}

resource "aws_cloudwatch_log_group" "network_main_flow_logs" {
  name              = "engage-analytics-network-main-flow-logs${local.suffix}"
  retention_in_days = 400
  kms_key_id        = aws_kms_key.network_main_flow_logs.arn
}

resource "aws_iam_role" "network_main_flow_logs" {
  name        = "engage-analytics-network-main-flow-logs${local.suffix}"
  description = "Writes the flow logs."
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "vpc-flow-logs.amazonaws.com"
        }
        Action = "sts:AssumeRole"
      },
    ]
  })
}

resource "aws_iam_role_policy" "network_main_flow_logs" {
  name = "writes-flow-logs"
  role = aws_iam_role.network_main_flow_logs.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
        Resource = [
          aws_cloudwatch_log_group.network_main_flow_logs.arn,
          "${aws_cloudwatch_log_group.network_main_flow_logs.arn}:*",
        ]
      },
    ]
  })
}

resource "aws_flow_log" "network_main" {
  vpc_id          = aws_vpc.network_main.id
  traffic_type    = "ALL"
  iam_role_arn    = aws_iam_role.network_main_flow_logs.arn
  log_destination = aws_cloudwatch_log_group.network_main_flow_logs.arn
  tags = {
    Name = "engage-analytics-network-main${local.suffix}"
  }
}

output "network_main_id" {
  description = "The network `main`."
  value       = aws_vpc.network_main.id
}
