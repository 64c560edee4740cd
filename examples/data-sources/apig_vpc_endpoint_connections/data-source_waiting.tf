# What waits for a decision.
data "apig_vpc_endpoint_connections" "waiting" {
  instance_id = "2a9c1d3e5f7041638597a0b1c2d3e4f5"

  filter = {
    status = ["pendingAcceptance"]
  }
}

output "waiting" {
  value = { for id, c in data.apig_vpc_endpoint_connections.waiting.connections : id => c.domain_id }
}
