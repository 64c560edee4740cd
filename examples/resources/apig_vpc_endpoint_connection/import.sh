# INSTANCE_ID/ENDPOINT_ID, in the provider's region and project; further
# endpoints follow after commas.
terraform import apig_vpc_endpoint_connection.partners \
  2a9c1d3e5f7041638597a0b1c2d3e4f5/9fa04c5e-64ec-4106-a014-2ad71ad9997d,c3b1e5d2-7f08-4a6b-9d2e-51c4f80a6b37

# In another region or project, with REGION/PROJECT_ID/ before it.
terraform import apig_vpc_endpoint_connection.strangers \
  eu-west-101/0d0466b0e34f4b26a8b3d0a5e1f7c201/2a9c1d3e5f7041638597a0b1c2d3e4f5/e07d6a94-1c25-4b8f-8a63-0f9b2e7d4c18
