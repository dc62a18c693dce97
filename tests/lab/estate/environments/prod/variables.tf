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

variable "ssh_keys" {
  description = "Who may log in to the VMs"
  type        = list(string)
}

variable "vms" {
  type = map(object({
    id      = number
    node    = string
    cores   = optional(number, 2)
    memory  = number
    disks   = optional(list(number), [16])
    bridge  = optional(string, "vmbr0")
    vlan    = optional(number, 0)
    address = string
    tags    = list(string)
    agent   = optional(bool, false)
    allow   = list(object({ comment = string, port = string }))
  }))
}

variable "containers" {
  type = map(object({
    id     = number
    node   = string
    memory = optional(number, 512)
  }))
}
