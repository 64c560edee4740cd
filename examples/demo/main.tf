# A gateway's owner declares who may connect: the endpoints of two partner
# accounts are accepted, those of a third are not.
#
# "make demo" takes you through this configuration. To play with it yourself,
# run "make mock" in a terminal, which serves the same gateway until you press
# Ctrl-C, and from the repository's root in another:
#
#   export TF_CLI_CONFIG_FILE=$PWD/.bin/dev.tfrc
#   terraform -chdir=examples/demo plan
#   terraform -chdir=examples/demo apply
#
# If port 8787 is taken, serve another, and say where: make mock
# MOCKFLAGS="-listen 127.0.0.1:8788", and -var mock_url=http://127.0.0.1:8788.
#
# There is no "init": dev.tfrc has the CLI use the provider in .bin. With
# OpenTofu, write tofu for terraform.

terraform {
  required_providers {
    apig = { source = "apig-terraform/apig" }
  }
}

variable "mock_url" {
  description = "Where the mock gateway listens. On the real platform there is no such thing: leave out `endpoints` below."
  type        = string
  default     = "http://127.0.0.1:8787"
}

provider "apig" {
  region = "demo-1"

  # These are the mock's. Leave real ones to the environment: HW_ACCESS_KEY and
  # HW_SECRET_KEY, for example. A saved plan holds what is written here.
  access_key = "DEMOACCESSKEY"
  secret_key = "demo-secret-key"

  endpoints = {
    apig = var.mock_url
    iam  = var.mock_url
  }
}

locals {
  gateway_id = "90039fa77244a4fe1b9b6870e06e27bc"

  # Who the partners are: the IDs of their accounts.
  partners = {
    consumer_a = "dee97f25ee46f55d8094d524374591c0"
    consumer_b = "26f02e3a36d33b502caba4c00b3580f7"
  }

  # Which VPC endpoints each of them told us about.
  endpoints = jsondecode(file("${path.module}/endpoints.json"))
}

# Sixty endpoints, accepted in two calls. Whatever the lists say, nothing of any
# other account is accepted.
resource "apig_vpc_endpoint_connection" "partners" {
  instance_id         = local.gateway_id
  desired_status      = "accepted"
  endpoints           = concat(local.endpoints.consumer_a, local.endpoints.consumer_b)
  expected_domain_ids = values(local.partners)
}

# Somebody whom we do not know asks as well. To leave a request pending, name it
# nowhere; to answer it, reject it.
resource "apig_vpc_endpoint_connection" "stranger" {
  instance_id    = local.gateway_id
  desired_status = "rejected"
  endpoints      = local.endpoints.stranger
}

output "connections" {
  description = "How many connections there are of each status."
  value = {
    for status in distinct([for c in local.connections : c.status]) :
    status => length([for c in local.connections : c if c.status == status])
  }
}

locals {
  connections = concat(
    values(apig_vpc_endpoint_connection.partners.connections),
    values(apig_vpc_endpoint_connection.stranger.connections),
  )
}
