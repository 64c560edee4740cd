# One resource for each account and decision, with all of its endpoints.
list "apig_vpc_endpoint_connection" "consumers" {
  provider = apig
  limit    = 1000

  config {
    instance_id = "2a9c1d3e5f7041638597a0b1c2d3e4f5"
    group_by    = "domain_id"
  }
}

# Or one resource for each endpoint of a partner that is accepted. Instead of the above, not beside it: what is
# generated of both would hold the same endpoints twice.
# list "apig_vpc_endpoint_connection" "partner" {
#   provider = apig
#   limit    = 1000
#
#   config {
#     instance_id = "2a9c1d3e5f7041638597a0b1c2d3e4f5"
#
#     filter = {
#       status     = ["accepted", "creating"]
#       domain_ids = ["c90f12a0f1ee43bc90a1f4d17bce35bc"]
#     }
#   }
# }
