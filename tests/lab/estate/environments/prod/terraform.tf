terraform {
  required_version = ">= 1.8"

  required_providers {
    proxmox = {
      source  = "bpg/proxmox"
      version = ">= 0.94"
    }
  }

  # Bucket, key and endpoint come with -backend-config.
  backend "s3" {}
}

provider "proxmox" {
  endpoint  = var.proxmox_endpoint
  api_token = var.proxmox_api_token
}
