# Accepts every connection of a trusted account, whatever endpoints it has.
#
# What the account connects later is accepted by the next apply; what it deletes
# leaves the list by itself. Nothing but the account's ID has to be kept up to
# date, so trust accordingly.
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

variable "trusted_account" {
  description = "ID of the account whose endpoints are all accepted."
  type        = string
}

# There must be no filter by status here: an endpoint would leave the list with
# its own acceptance, and the resource below would reject it again.
data "apig_vpc_endpoint_connections" "trusted" {
  instance_id = var.gateway_id

  filter = {
    domain_ids = [var.trusted_account]
  }
}

resource "apig_vpc_endpoint_connection" "trusted" {
  # A resource names at least one endpoint, and the account may have none yet.
  count = length(data.apig_vpc_endpoint_connections.trusted.endpoints) > 0 ? 1 : 0

  instance_id         = var.gateway_id
  desired_status      = "accepted"
  endpoints           = data.apig_vpc_endpoint_connections.trusted.endpoints
  expected_domain_ids = [var.trusted_account]
}

output "accepted" {
  description = "How many endpoints of the account are accepted."
  value       = length(data.apig_vpc_endpoint_connections.trusted.endpoints)
}
