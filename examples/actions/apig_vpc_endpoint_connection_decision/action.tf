# Cut a consumer off at once, and touch nothing else:
#
#   terraform apply -invoke=action.apig_vpc_endpoint_connection_decision.cut_off
action "apig_vpc_endpoint_connection_decision" "cut_off" {
  config {
    instance_id = "2a9c1d3e5f7041638597a0b1c2d3e4f5"
    decision    = "rejected"
    domain_ids  = ["c90f12a0f1ee43bc90a1f4d17bce35bc"]
  }
}

# Accept an endpoint before it is declared anywhere, if it belongs to the account
# that it is said to belong to.
action "apig_vpc_endpoint_connection_decision" "let_in" {
  config {
    instance_id = "2a9c1d3e5f7041638597a0b1c2d3e4f5"
    decision    = "accepted"
    endpoints   = ["9fa04c5e-64ec-4106-a014-2ad71ad9997d"]
    domain_ids  = ["5e0b7c3d9a1f4826b4d8e6f0a2c41793"]
  }
}
