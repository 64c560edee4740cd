resource "apig_vpc_endpoint_connection" "partners" {
  instance_id    = "2a9c1d3e5f7041638597a0b1c2d3e4f5"
  desired_status = "accepted"

  endpoints = [
    "9fa04c5e-64ec-4106-a014-2ad71ad9997d",
    "c3b1e5d2-7f08-4a6b-9d2e-51c4f80a6b37",
  ]
}

# All endpoints of one more account may be accepted. If somebody accepts anything
# else, for example in the console, the next plan shows it, and its apply rejects it.
resource "apig_vpc_endpoint_connections_exclusive" "gateway" {
  instance_id = "2a9c1d3e5f7041638597a0b1c2d3e4f5"
  endpoints   = apig_vpc_endpoint_connection.partners.endpoints
  domain_ids  = ["5e0b7c3d9a1f4826b4d8e6f0a2c41793"]
}
