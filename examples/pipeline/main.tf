# What a pipeline plans on a pull request, applies on a merge, and compares with
# the gateway each night. github-actions.yml and gitlab-ci.yml run it.
#
# Add a backend that locks its state. The provider block has no credentials: the
# pipeline signs in with an ID token, by the variables HW_ASSUME_ROLE_….
#
# To try it against the mock gateway, which "make mock" serves, and which tells
# how to have the CLI use the provider that it built:
#
#   export HW_ACCESS_KEY=DEMOACCESSKEY HW_SECRET_KEY=demo-secret-key
#   terraform apply -var-file=mock.tfvars

terraform {
  required_providers {
    apig = {
      source  = "apig-terraform/apig"
      version = "~> 0.1"
    }
  }
}

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
  description = "Who may connect, by name: the account and its VPC endpoints. A pull request changes this."
  type = map(object({
    account   = string
    endpoints = list(string)
  }))
}

resource "apig_vpc_endpoint_permissions" "consumers" {
  instance_id = var.gateway_id
  domain_ids  = distinct([for consumer in var.consumers : consumer.account])
}

resource "apig_vpc_endpoint_connection" "consumers" {
  for_each = var.consumers

  instance_id         = var.gateway_id
  desired_status      = "accepted"
  endpoints           = each.value.endpoints
  expected_domain_ids = [each.value.account]
}
