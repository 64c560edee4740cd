# All accounts that may ask, but the gateway owner's own.
list "apig_vpc_endpoint_permissions" "consumers" {
  provider = apig

  config {
    instance_id        = "2a9c1d3e5f7041638597a0b1c2d3e4f5"
    exclude_domain_ids = ["0a1b2c3d4e5f60718293a4b5c6d7e8f9"]
  }
}
