# INSTANCE_ID/DOMAIN_ID, in the provider's region and project; further accounts
# follow after commas.
terraform import apig_vpc_endpoint_permissions.partners \
  2a9c1d3e5f7041638597a0b1c2d3e4f5/c90f12a0f1ee43bc90a1f4d17bce35bc,5e0b7c3d9a1f4826b4d8e6f0a2c41793

# In another region or project, with REGION/PROJECT_ID/ before it.
terraform import apig_vpc_endpoint_permissions.partners \
  eu-west-101/0d0466b0e34f4b26a8b3d0a5e1f7c201/2a9c1d3e5f7041638597a0b1c2d3e4f5/c90f12a0f1ee43bc90a1f4d17bce35bc,5e0b7c3d9a1f4826b4d8e6f0a2c41793
