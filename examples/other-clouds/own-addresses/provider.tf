# Each address is given. {region} stands for the region of a resource.
provider "apig" {
  region   = "region-1"
  auth_url = "https://iam.region-1.cloud.example.com/v3"

  endpoints = {
    apig = "https://apig.{region}.cloud.example.com"
  }
}
