# The API is at apig.my-kualalumpur-1.alphaedge.tmone.com.my,
# IAM at iam.my-kualalumpur-1.alphaedge.tmone.com.my.
provider "apig" {
  region = "my-kualalumpur-1"
  cloud  = "alphaedge.tmone.com.my"
}
