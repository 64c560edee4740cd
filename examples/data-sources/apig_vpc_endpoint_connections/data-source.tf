# Everything that the gateway lists.
data "apig_vpc_endpoint_connections" "all" {
  instance_id = "2a9c1d3e5f7041638597a0b1c2d3e4f5"
}

output "statuses" {
  value = { for id, c in data.apig_vpc_endpoint_connections.all.connections : id => c.status }
}
