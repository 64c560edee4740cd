terraform {
  required_providers {
    apig = {
      source  = "apig-terraform/apig"
      version = "~> 0.1"
    }
  }
}

# Credentials come from the environment: HW_ACCESS_KEY and HW_SECRET_KEY, for example.
provider "apig" {
  region = "eu-west-101"
}

# These endpoints are accepted. Endpoints of other accounts are refused.
resource "apig_vpc_endpoint_connection" "partners" {
  instance_id         = "2a9c1d3e5f7041638597a0b1c2d3e4f5"
  desired_status      = "accepted"
  endpoints           = ["9fa04c5e-64ec-4106-a014-2ad71ad9997d"]
  expected_domain_ids = ["c90f12a0f1ee43bc90a1f4d17bce35bc"]
}
