# Everything that an account has connected, or asks to, and its acceptance.
data "apig_vpc_endpoint_connections" "partner" {
  instance_id = "2a9c1d3e5f7041638597a0b1c2d3e4f5"

  filter = {
    domain_ids = ["c90f12a0f1ee43bc90a1f4d17bce35bc"]
  }
}

resource "apig_vpc_endpoint_connection" "partner" {
  count = length(data.apig_vpc_endpoint_connections.partner.endpoints) > 0 ? 1 : 0

  instance_id         = "2a9c1d3e5f7041638597a0b1c2d3e4f5"
  desired_status      = "accepted"
  endpoints           = data.apig_vpc_endpoint_connections.partner.endpoints
  expected_domain_ids = ["c90f12a0f1ee43bc90a1f4d17bce35bc"]
}
