import {
  to = apig_vpc_endpoint_connection.partners

  identity = {
    instance_id = "2a9c1d3e5f7041638597a0b1c2d3e4f5"
    endpoints   = ["9fa04c5e-64ec-4106-a014-2ad71ad9997d", "c3b1e5d2-7f08-4a6b-9d2e-51c4f80a6b37"]
  }
}
