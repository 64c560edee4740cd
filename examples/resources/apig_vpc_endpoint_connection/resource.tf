# Accept endpoints of partners. The gateway says whose each one is, and one of
# an account that is not expected is refused.
resource "apig_vpc_endpoint_connection" "partners" {
  instance_id    = "2a9c1d3e5f7041638597a0b1c2d3e4f5"
  desired_status = "accepted"

  endpoints = [
    "9fa04c5e-64ec-4106-a014-2ad71ad9997d",
    "c3b1e5d2-7f08-4a6b-9d2e-51c4f80a6b37",
  ]

  expected_domain_ids = ["c90f12a0f1ee43bc90a1f4d17bce35bc"]
}

# Reject an endpoint that has no business with the gateway.
resource "apig_vpc_endpoint_connection" "strangers" {
  instance_id    = "2a9c1d3e5f7041638597a0b1c2d3e4f5"
  desired_status = "rejected"
  endpoints      = ["e07d6a94-1c25-4b8f-8a63-0f9b2e7d4c18"]
}
