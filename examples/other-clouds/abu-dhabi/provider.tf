# The API is at apig.ae-ad-1.g42cloud.com, IAM at iam.ae-ad-1.g42cloud.com.
provider "apig" {
  region = "ae-ad-1"
  cloud  = "g42cloud.com"
}
