variable "access_key" {
  type      = string
  ephemeral = true
}

variable "secret_key" {
  type      = string
  ephemeral = true
}

provider "apig" {
  region     = "eu-west-101"
  access_key = var.access_key
  secret_key = var.secret_key
}
