# The API is at apig.eu-de.otc.t-systems.com, IAM at iam.eu-de.otc.t-systems.com.
provider "apig" {
  region = "eu-de"
  cloud  = "otc.t-systems.com"
}
