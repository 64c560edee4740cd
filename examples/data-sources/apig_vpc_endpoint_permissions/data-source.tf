data "apig_vpc_endpoint_permissions" "all" {
  instance_id = "2a9c1d3e5f7041638597a0b1c2d3e4f5"
}

output "may_ask" {
  value = data.apig_vpc_endpoint_permissions.all.domain_ids
}

# Warns where every account may ask.
check "nobody_uninvited" {
  assert {
    condition     = !contains(data.apig_vpc_endpoint_permissions.all.domain_ids, "*")
    error_message = "Every account may ask for a connection with the gateway."
  }
}
