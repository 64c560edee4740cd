# Accepts the endpoints of partners, and of nobody else.
#
# One resource holds all endpoints of a gateway, from one to thousands: they are
# decided in as few calls as the API allows.
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

variable "partners" {
  description = "IDs of the accounts whose endpoints may be accepted."
  type        = list(string)
}

variable "endpoints" {
  description = "IDs of the VPC endpoints that the partners told us about. The order does not matter."
  type        = list(string)
}

resource "apig_vpc_endpoint_connection" "partners" {
  instance_id    = var.gateway_id
  desired_status = "accepted"
  endpoints      = var.endpoints

  # Whatever the list says: an endpoint of another account is refused when
  # planning, and nothing is decided.
  expected_domain_ids = var.partners

  # A partner's new endpoint may take minutes to show up at the gateway.
  wait_for_endpoints = "5m"
}

output "markers" {
  description = "What the gateway marks the packets of each connection with, by endpoint."
  value       = { for id, c in apig_vpc_endpoint_connection.partners.connections : id => c.marker_id }
}
