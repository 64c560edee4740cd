# The API is at apig.ru-moscow-1.hc.sbercloud.ru, IAM at iam.ru-moscow-1.hc.sbercloud.ru.
provider "apig" {
  region = "ru-moscow-1"
  cloud  = "hc.sbercloud.ru"
}
