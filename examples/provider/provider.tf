terraform {
  required_providers {
    apig = {
      source = "apig-terraform/apig"
    }
  }
}

# Credentials are best left to the environment: HW_ACCESS_KEY and HW_SECRET_KEY,
# or HW_AUTH_TOKEN, or HW_USER_NAME, HW_USER_PASSWORD and HW_DOMAIN_NAME.
provider "apig" {
  region = "eu-west-101"
}
