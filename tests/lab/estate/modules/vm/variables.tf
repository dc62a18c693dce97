variable "id" {
  description = "VM ID, unique in the cluster"
  type        = number
}

variable "name" {
  description = "Name in Proxmox, and the host name"
  type        = string
}

variable "node" {
  description = "Node on which the VM is made"
  type        = string
}

variable "description" {
  description = "Note shown in the web interface"
  type        = string
  default     = "managed by terraform"
}

variable "tags" {
  description = "Tags beside \"managed\""
  type        = list(string)
  default     = []
}

variable "pool" {
  description = "Pool that the VM is a member of"
  type        = string
  default     = null
}

variable "cores" {
  type    = number
  default = 1
}

variable "memory" {
  description = "In MiB"
  type        = number
  default     = 1024
}

variable "disks" {
  description = "Sizes in GiB, the first one is booted from"
  type        = list(number)
  default     = [16]
}

variable "datastore" {
  type    = string
  default = "local-lvm"
}

variable "bridge" {
  type    = string
  default = "vmbr0"
}

variable "vlan" {
  description = "VLAN ID; 0 for none"
  type        = number
  default     = 0
}

variable "address" {
  description = "IPv4 address with prefix length, or \"dhcp\""
  type        = string
  default     = "dhcp"
}

variable "gateway" {
  type    = string
  default = null
}

variable "agent" {
  description = "Whether the guest runs the QEMU agent"
  type        = bool
  default     = false
}

variable "migrate" {
  description = "Whether a change of the node moves the VM instead of making a new one"
  type        = bool
  default     = false
}

variable "admin_password" {
  description = "Password of the user \"ops\""
  type        = string
  sensitive   = true
}

variable "ssh_keys" {
  type    = list(string)
  default = []
}

variable "allow" {
  description = "TCP ports to let in, by what they are for; without any the firewall is left alone"
  type        = list(object({ comment = string, port = string }))
  default     = []
}
