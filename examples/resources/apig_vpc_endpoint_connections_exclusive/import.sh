# INSTANCE_ID, in the provider's region and project.
terraform import apig_vpc_endpoint_connections_exclusive.gateway \
  2a9c1d3e5f7041638597a0b1c2d3e4f5

# In another region or project, with REGION/PROJECT_ID/ before it.
terraform import apig_vpc_endpoint_connections_exclusive.gateway \
  eu-west-101/0d0466b0e34f4b26a8b3d0a5e1f7c201/2a9c1d3e5f7041638597a0b1c2d3e4f5
