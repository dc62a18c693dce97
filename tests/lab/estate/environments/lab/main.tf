# Guests that are in no pool and have no firewall of their own: nothing in Proxmox tells of them but themselves.

locals {
  vms = {
    sandbox-1 = { id = 301, memory = 1024 }
    sandbox-2 = { id = 302, memory = 1024 }
    sandbox-3 = { id = 303, memory = 2048 }
  }
}

module "vm" {
  source   = "../../modules/vm"
  for_each = local.vms

  id             = each.value.id
  name           = each.key
  node           = "pve1"
  memory         = each.value.memory
  migrate        = true
  admin_password = var.admin_password
}

module "ct" {
  source = "../../modules/ct"

  id            = 311
  hostname      = "scratch"
  node          = "pve1"
  root_password = var.admin_password
}
