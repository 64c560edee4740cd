import {
  to = apig_vpc_endpoint_permissions.partners
  id = "2a9c1d3e5f7041638597a0b1c2d3e4f5/c90f12a0f1ee43bc90a1f4d17bce35bc,5e0b7c3d9a1f4826b4d8e6f0a2c41793"
}
