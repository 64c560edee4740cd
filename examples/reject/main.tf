# Rejects endpoints, and keeps them rejected.
#
# Whether a rejected connection can be accepted later is up to the platform: its
# consumer may have to make a new endpoint. An endpoint that does not ask, or is
# gone, counts as rejected.
#
# To try it against the mock gateway, which "make mock" serves, and which tells
# how to have the CLI use the provider that it built:
#
#   export HW_ACCESS_KEY=DEMOACCESSKEY HW_SECRET_KEY=demo-secret-key
#   terraform apply -var-file=mock.tfvars

terraform {
  required_providers {
    apig = { source = "apig-terraform/apig" }
  }
}

# Credentials come from the environment: HW_ACCESS_KEY and HW_SECRET_KEY, for
# example.
provider "apig" {
  region    = var.region
  endpoints = var.apis
}

variable "region" {
  description = "Where the gateway is."
  type        = string
}

variable "apis" {
  description = "Addresses of the APIs, where they are not the platform's own: of the mock gateway, for example."
  type        = map(string)
  default     = null
}

variable "gateway_id" {
  description = "ID of the dedicated gateway."
  type        = string
}

variable "endpoints" {
  description = "IDs of the VPC endpoints to reject."
  type        = list(string)
}

resource "apig_vpc_endpoint_connection" "rejected" {
  instance_id    = var.gateway_id
  desired_status = "rejected"
  endpoints      = var.endpoints
}

output "accounts" {
  description = "Whose endpoints are rejected."
  value       = distinct([for c in apig_vpc_endpoint_connection.rejected.connections : c.domain_id])
}
