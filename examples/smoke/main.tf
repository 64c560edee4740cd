# One spare endpoint of a live gateway, accepted. "make smoke" runs this
# configuration, in a copy of this directory and with a state that it throws
# away; see the README for what it needs and what it does.
#
# Region and credentials come from the environment: HW_REGION_NAME,
# HW_ACCESS_KEY and HW_SECRET_KEY, for example.

terraform {
  required_providers {
    apig = { source = "apig-terraform/apig" }
  }
}

variable "instance_id" {
  description = "The gateway."
  type        = string
}

variable "endpoint_id" {
  description = "A VPC endpoint that nobody needs, whose connection the gateway lists."
  type        = string
}

variable "desired_status" {
  type    = string
  default = "accepted"
}

variable "timeout" {
  description = "How long the gateway may take to carry out a decision."
  type        = string
  default     = "5m"
}

variable "api_url" {
  description = "Where the gateway API is, if it is not at the region's own address."
  type        = string
  default     = ""
}

provider "apig" {
  endpoints = var.api_url == "" ? {} : { apig = var.api_url }
}

resource "apig_vpc_endpoint_connection" "spare" {
  instance_id    = var.instance_id
  desired_status = var.desired_status
  endpoints      = [var.endpoint_id]

  # Whatever becomes of this state, it rejects nothing.
  on_destroy = "retain"

  timeouts {
    create = var.timeout
    update = var.timeout
  }
}

output "connection" {
  value = apig_vpc_endpoint_connection.spare.connections[var.endpoint_id]
}
