# The gateway that "make mock" serves.
region     = "demo-1"
gateway_id = "90039fa77244a4fe1b9b6870e06e27bc"

apis = {
  apig = "http://127.0.0.1:8787"
  iam  = "http://127.0.0.1:8787"
}

consumers = {
  consumer_a = {
    account   = "dee97f25ee46f55d8094d524374591c0"
    endpoints = ["8c56dc53-ed56-50b4-8b28-eeab2e3a94c2"]
  }

  consumer_b = {
    account   = "26f02e3a36d33b502caba4c00b3580f7"
    endpoints = ["584a5e1f-ec8f-593d-8bc9-a2e447fc05e2"]
  }
}
