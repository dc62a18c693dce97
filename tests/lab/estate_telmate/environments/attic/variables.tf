variable "proxmox_endpoint" {
  description = "As https://pve.example.org:8006"
  type        = string
}

variable "proxmox_api_token" {
  description = "USER@REALM!TOKEN=SECRET"
  type        = string
  sensitive   = true
}

variable "admin_password" {
  description = "Of the first user of each guest"
  type        = string
  sensitive   = true
}
