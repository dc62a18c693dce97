# A VM as all environments have it: cloud-init, a firewall that lets in what is named, tags.

resource "proxmox_virtual_environment_vm" "this" {
  vm_id           = var.id
  name            = var.name
  node_name       = var.node
  description     = var.description
  tags            = sort(concat(["managed"], var.tags))
  pool_id         = var.pool
  migrate         = var.migrate
  stop_on_destroy = true

  cpu {
    cores = var.cores
    type  = "x86-64-v2-AES"
  }

  memory {
    dedicated = var.memory
  }

  agent {
    enabled = var.agent
    timeout = "2s"
  }

  dynamic "disk" {
    for_each = var.disks
    content {
      interface    = "scsi${disk.key}"
      datastore_id = var.datastore
      size         = disk.value
    }
  }

  network_device {
    bridge   = var.bridge
    vlan_id  = var.vlan
    firewall = true
  }

  initialization {
    datastore_id = var.datastore

    ip_config {
      ipv4 {
        address = var.address
        gateway = var.gateway
      }
    }

    user_account {
      username = "ops"
      password = var.admin_password
      keys     = var.ssh_keys
    }
  }

  operating_system {
    type = "l26"
  }
}

resource "proxmox_virtual_environment_firewall_options" "this" {
  count = length(var.allow) > 0 ? 1 : 0

  node_name    = proxmox_virtual_environment_vm.this.node_name
  vm_id        = proxmox_virtual_environment_vm.this.vm_id
  enabled      = true
  input_policy = "DROP"
}

resource "proxmox_virtual_environment_firewall_rules" "this" {
  count = length(var.allow) > 0 ? 1 : 0

  node_name = proxmox_virtual_environment_vm.this.node_name
  vm_id     = proxmox_virtual_environment_vm.this.vm_id

  dynamic "rule" {
    for_each = var.allow
    content {
      type    = "in"
      action  = "ACCEPT"
      proto   = "tcp"
      dport   = rule.value.port
      comment = rule.value.comment
    }
  }
}
