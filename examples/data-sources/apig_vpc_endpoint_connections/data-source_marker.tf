# The endpoint behind the packets that carry a number.
data "apig_vpc_endpoint_connections" "marked" {
  instance_id = "2a9c1d3e5f7041638597a0b1c2d3e4f5"

  filter = {
    marker_id = 167792784
  }
}

output "marked" {
  value = one(data.apig_vpc_endpoint_connections.marked.endpoints)
}
