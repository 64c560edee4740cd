# The API is at apig.eu-west-0.prod-cloud-ocb.orange-business.com,
# IAM at iam.eu-west-0.prod-cloud-ocb.orange-business.com.
provider "apig" {
  region = "eu-west-0"
  cloud  = "prod-cloud-ocb.orange-business.com"
}
