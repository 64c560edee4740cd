# One resource for each account and decision, with all of its endpoints.
list "apig_vpc_endpoint_connection" "consumers" {
  provider = apig
  limit    = 1000

  config {
    instance_id = "2a9c1d3e5f7041638597a0b1c2d3e4f5"
    group_by    = "domain_id"
  }
}
