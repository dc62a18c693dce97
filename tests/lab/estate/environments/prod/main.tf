resource "proxmox_virtual_environment_pool" "prod" {
  pool_id = "prod"
  comment = "production guests"
}

module "vm" {
  source   = "../../modules/vm"
  for_each = var.vms

  id             = each.value.id
  name           = each.key
  node           = each.value.node
  cores          = each.value.cores
  memory         = each.value.memory
  disks          = each.value.disks
  bridge         = each.value.bridge
  vlan           = each.value.vlan
  address        = each.value.address
  gateway        = "10.0.0.1"
  tags           = each.value.tags
  agent          = each.value.agent
  allow          = each.value.allow
  pool           = proxmox_virtual_environment_pool.prod.pool_id
  admin_password = var.admin_password
  ssh_keys       = var.ssh_keys
}

module "ct" {
  source   = "../../modules/ct"
  for_each = var.containers

  id            = each.value.id
  hostname      = each.key
  node          = each.value.node
  memory        = each.value.memory
  tags          = ["infra"]
  pool          = proxmox_virtual_environment_pool.prod.pool_id
  root_password = var.admin_password
}

resource "proxmox_virtual_environment_file" "rescue" {
  content_type = "iso"
  datastore_id = "local"
  node_name    = "pve1"

  source_file {
    path = "${path.module}/files/rescue.iso"
  }
}

output "vm_addresses" {
  value = { for name, vm in module.vm : name => vm.ipv4_addresses }
}
