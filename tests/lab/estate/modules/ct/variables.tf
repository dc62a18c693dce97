variable "id" {
  description = "Container ID, unique in the cluster"
  type        = number
}

variable "hostname" {
  type = string
}

variable "node" {
  description = "Node on which the container is made"
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
  description = "Pool that the container is a member of"
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
  default     = 512
}

variable "disk" {
  description = "In GiB"
  type        = number
  default     = 8
}

variable "root_password" {
  type      = string
  sensitive = true
}
