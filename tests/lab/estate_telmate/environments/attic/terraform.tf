terraform {
  required_version = ">= 1.8"

  required_providers {
    proxmox = {
      source = "telmate/proxmox"
      # Terraform takes a release candidate only where it is named.
      version = "3.0.2-rc09"
    }
  }

  # Bucket, key and endpoint come with -backend-config.
  backend "s3" {}
}

provider "proxmox" {
  pm_api_url          = "${var.proxmox_endpoint}/api2/json"
  pm_api_token_id     = split("=", var.proxmox_api_token)[0]
  pm_api_token_secret = split("=", var.proxmox_api_token)[1]
  pm_parallel         = 4

  # Else the token that only reads would need every privilege of an administrator.
  pm_minimum_permission_check = false
}
