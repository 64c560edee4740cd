# The gateway that "make mock" serves.
region     = "demo-1"
gateway_id = "90039fa77244a4fe1b9b6870e06e27bc"

apis = {
  apig = "http://127.0.0.1:8787"
  iam  = "http://127.0.0.1:8787"
}

endpoints = [
  "e6d842b8-3268-5872-badd-713d692df651",
  "bb5d3a12-1723-5bf4-bc74-76ba39b95395",
  "ea356d2c-a822-56d0-a083-d2c072de6b93",
]
