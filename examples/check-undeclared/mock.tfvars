# The gateway that "make mock" serves.
region     = "demo-1"
gateway_id = "90039fa77244a4fe1b9b6870e06e27bc"

apis = {
  apig = "http://127.0.0.1:8787"
  iam  = "http://127.0.0.1:8787"
}

endpoints = [
  "8c56dc53-ed56-50b4-8b28-eeab2e3a94c2",
  "a5525c4b-537f-51fe-a762-9cb457d356d8",
]
