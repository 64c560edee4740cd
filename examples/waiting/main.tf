# Lists the connections that wait for a decision, for somebody to make it.
#
# It only looks: "terraform plan" shows the list, "terraform apply" keeps it in
# the outputs, where other tools read it with "terraform output -json waiting".
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

data "apig_vpc_endpoint_connections" "waiting" {
  instance_id = var.gateway_id

  filter = {
    status = ["pendingAcceptance"]
  }
}

output "waiting" {
  description = "The endpoints that wait for a decision, by account, each with the time at which it asked."
  value = {
    for account in distinct([for c in data.apig_vpc_endpoint_connections.waiting.connections : coalesce(c.domain_id, "unknown")]) :
    account => {
      for id, c in data.apig_vpc_endpoint_connections.waiting.connections :
      id => c.created_at if coalesce(c.domain_id, "unknown") == account
    }
  }
}
