# Gateways in several regions of one account, and a gateway of another account.
#
# A provider block is for one account. Regions and projects need no block of
# their own: each resource can name them.

terraform {
  required_providers {
    apig = {
      source  = "apig-terraform/apig"
      version = "~> 0.1"
    }
  }
}

# The account that the credentials belong to.
provider "apig" {
  region    = var.region
  endpoints = var.apis
}

# Another account, which trusts the first one by an agency.
provider "apig" {
  alias     = "subsidiary"
  region    = var.region
  endpoints = var.apis

  assume_role {
    agency_name = var.subsidiary.agency_name
    domain_name = var.subsidiary.domain_name
  }
}

variable "region" {
  description = "Where the gateways are, unless they say otherwise."
  type        = string
}

variable "apis" {
  description = "Addresses of the APIs, where they are not the platform's own: of the mock gateway, for example."
  type        = map(string)
  default     = null
}

variable "gateways" {
  description = "The gateways of the account, by a name of your choice."
  type = map(object({
    id         = string
    region     = optional(string) # the provider's by default
    project_id = optional(string) # the region's own by default
    endpoints  = list(string)
  }))
}

variable "subsidiary" {
  description = "The other account, its agency, and its gateway."
  type = object({
    agency_name = string
    domain_name = string
    gateway_id  = string
    endpoints   = list(string)
  })
}

resource "apig_vpc_endpoint_connection" "gateways" {
  for_each = var.gateways

  instance_id    = each.value.id
  region         = each.value.region
  project_id     = each.value.project_id
  desired_status = "accepted"
  endpoints      = each.value.endpoints
}

resource "apig_vpc_endpoint_connection" "subsidiary" {
  provider = apig.subsidiary

  instance_id    = var.subsidiary.gateway_id
  desired_status = "accepted"
  endpoints      = var.subsidiary.endpoints
}
