# Warns of connections that this configuration does not declare: of those that
# wait for a decision, and of those that somebody else has accepted.
#
# A check never fails a plan or an apply. Its warning comes with each of them,
# as long as there is something to warn of.
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
  description = "IDs of the VPC endpoints to accept."
  type        = list(string)
}

resource "apig_vpc_endpoint_connection" "declared" {
  instance_id    = var.gateway_id
  desired_status = "accepted"
  endpoints      = var.endpoints
}

data "apig_vpc_endpoint_connections" "all" {
  instance_id = var.gateway_id
}

locals {
  # What this configuration decides. Other resources' endpoints would go in here.
  declared = apig_vpc_endpoint_connection.declared.endpoints

  # Everything else that asks or is connected, and whose it is, by status.
  undeclared = {
    for id, c in data.apig_vpc_endpoint_connections.all.connections :
    c.status => "${id} of account ${coalesce(c.domain_id, "unknown")}"... if !contains(local.declared, id)
  }
  waiting  = lookup(local.undeclared, "pendingAcceptance", [])
  accepted = concat(lookup(local.undeclared, "creating", []), lookup(local.undeclared, "accepted", []))
}

# The lists are indented so that the CLI does not wrap them.
check "connections" {
  assert {
    condition     = length(local.waiting) == 0
    error_message = "These wait for a decision that nothing here makes:\n  - ${join("\n  - ", local.waiting)}"
  }

  assert {
    condition     = length(local.accepted) == 0
    error_message = "These are accepted, and nothing here declares them:\n  - ${join("\n  - ", local.accepted)}"
  }
}

output "undeclared" {
  description = "The connections that this configuration does not declare, by status."
  value       = local.undeclared
}
