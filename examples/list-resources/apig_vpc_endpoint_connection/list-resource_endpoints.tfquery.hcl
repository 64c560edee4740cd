# Or one resource for each accepted endpoint of a partner. Use one of the two
# queries: resources of both would have the same endpoints twice.
list "apig_vpc_endpoint_connection" "partner" {
  provider = apig
  limit    = 1000

  config {
    instance_id = "2a9c1d3e5f7041638597a0b1c2d3e4f5"

    filter = {
      status     = ["accepted", "creating"]
      domain_ids = ["c90f12a0f1ee43bc90a1f4d17bce35bc"]
    }
  }
}
