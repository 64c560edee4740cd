# A gateway, a consumer of another account, and the connection between them, in
# one configuration and one apply.
#
# The provider of the vendor (huaweicloud) makes the gateway and the consumer's
# VPC endpoint. This provider says who may ask, and accepts who asked.

terraform {
  required_providers {
    apig = {
      source  = "apig-terraform/apig"
      version = "~> 0.1"
    }

    huaweicloud = {
      source  = "huaweicloud/huaweicloud"
      version = "~> 1.60"
    }
  }
}

# The owner of the gateway: HW_ACCESS_KEY and HW_SECRET_KEY, for both providers.
provider "apig" {
  region    = var.region
  endpoints = var.apis
}

provider "huaweicloud" {
  region = var.region
}

# The consumer is another account, here a profile of the vendor's CLI.
provider "huaweicloud" {
  alias              = "consumer"
  region             = var.region
  shared_config_file = var.consumer.shared_config_file
  profile            = var.consumer.profile
}

variable "region" {
  description = "Where the gateway and the consumer are."
  type        = string
}

variable "apis" {
  description = "Addresses of the APIs, where they are not the platform's own."
  type        = map(string)
  default     = null
}

variable "gateway" {
  description = "Where the gateway is placed."
  type = object({
    name               = string
    vpc_id             = string
    subnet_id          = string
    security_group_id  = string
    availability_zones = list(string)
  })
}

variable "consumer" {
  description = "The consumer's account, how to sign in as it, and where its VPC endpoint is placed."
  type = object({
    account            = string
    profile            = string
    shared_config_file = optional(string, "~/.hcloud/config.json")
    vpc_id             = string
    subnet_id          = string
  })
}

# 1. The gateway. Its VPC endpoint service comes with it.
resource "huaweicloud_apig_instance" "gateway" {
  name               = var.gateway.name
  edition            = "BASIC"
  vpc_id             = var.gateway.vpc_id
  subnet_id          = var.gateway.subnet_id
  security_group_id  = var.gateway.security_group_id
  availability_zones = var.gateway.availability_zones
}

# 2. The consumer's account may ask for a connection.
resource "apig_vpc_endpoint_permissions" "consumers" {
  instance_id = huaweicloud_apig_instance.gateway.id
  domain_ids  = [var.consumer.account]
}

# 3. The consumer's endpoint asks. The address of the service has the form
# REGION.NAME.SERVICE_ID.
resource "huaweicloud_vpcep_endpoint" "consumer" {
  provider = huaweicloud.consumer

  service_id = element(split(".", huaweicloud_apig_instance.gateway.vpcep_service_address), 2)
  vpc_id     = var.consumer.vpc_id
  network_id = var.consumer.subnet_id

  # An account that is not permitted can't connect.
  depends_on = [apig_vpc_endpoint_permissions.consumers]
}

# 4. The owner accepts.
resource "apig_vpc_endpoint_connection" "consumers" {
  instance_id         = huaweicloud_apig_instance.gateway.id
  desired_status      = "accepted"
  endpoints           = [huaweicloud_vpcep_endpoint.consumer.id]
  expected_domain_ids = [var.consumer.account]
}

output "statuses" {
  description = "The status of each connection, by endpoint."
  value       = { for id, c in apig_vpc_endpoint_connection.consumers.connections : id => c.status }
}
