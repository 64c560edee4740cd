import {
  to = apig_vpc_endpoint_connections_exclusive.gateway
  id = "2a9c1d3e5f7041638597a0b1c2d3e4f5"
}
