# A resource for each consumer, with an account and an on_destroy of its own.
#
# Add a consumer to the map, and its endpoints are accepted; take it out, and
# they are rejected, or left as they are if on_destroy was "retain" and applied
# before. The other consumers are not touched either way.
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

variable "consumers" {
  description = "Who may connect, by a name of your choice."
  type = map(object({
    account    = string       # ID of the consumer's account
    endpoints  = list(string) # IDs of its VPC endpoints
    on_destroy = optional(string, "reject")
  }))
}

resource "apig_vpc_endpoint_connection" "consumer" {
  for_each = var.consumers

  instance_id         = var.gateway_id
  desired_status      = "accepted"
  endpoints           = each.value.endpoints
  expected_domain_ids = [each.value.account]
  on_destroy          = each.value.on_destroy
}

output "statuses" {
  description = "The status of each endpoint, by consumer."
  value = {
    for name, consumer in apig_vpc_endpoint_connection.consumer :
    name => { for id, c in consumer.connections : id => c.status }
  }
}
