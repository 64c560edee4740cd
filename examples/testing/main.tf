# A module that is tested without a gateway, by "terraform test" or "tofu test": see
# partners.tftest.hcl.

terraform {
  required_providers {
    apig = { source = "apig-terraform/apig" }
  }
}

variable "gateway_id" {
  description = "ID of the dedicated gateway."
  type        = string
}

variable "endpoints" {
  description = "IDs of the VPC endpoints to accept."
  type        = list(string)
}

resource "apig_vpc_endpoint_connection" "partners" {
  instance_id    = var.gateway_id
  desired_status = "accepted"
  endpoints      = var.endpoints
}

data "apig_vpc_endpoint_connections" "all" {
  instance_id = var.gateway_id
}

output "accounts" {
  description = "The accounts of those that are accepted."
  value       = distinct([for c in apig_vpc_endpoint_connection.partners.connections : c.domain_id if c.status == "accepted"])
}

output "waiting" {
  description = "The endpoints that wait for a decision."
  value       = [for id, c in data.apig_vpc_endpoint_connections.all.connections : id if c.status == "pendingAcceptance"]
}
