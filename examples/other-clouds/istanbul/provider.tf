# The API is at apig.tr-west-1.myhuaweicloud.com, IAM at iam.tr-west-1.myhuaweicloud.com.
provider "apig" {
  region = "tr-west-1"
}
