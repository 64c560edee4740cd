# The gateway that "make mock" serves.
region     = "demo-1"
gateway_id = "90039fa77244a4fe1b9b6870e06e27bc"

apis = {
  apig = "http://127.0.0.1:8787"
  iam  = "http://127.0.0.1:8787"
}
