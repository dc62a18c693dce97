# A container as all environments have it: unprivileged Debian on DHCP.

resource "proxmox_virtual_environment_container" "this" {
  vm_id        = var.id
  node_name    = var.node
  description  = var.description
  tags         = sort(concat(["managed"], var.tags))
  pool_id      = var.pool
  unprivileged = true

  cpu {
    cores = var.cores
  }

  memory {
    dedicated = var.memory
  }

  disk {
    datastore_id = "local-lvm"
    size         = var.disk
  }

  features {
    nesting = true
  }

  initialization {
    hostname = var.hostname

    ip_config {
      ipv4 {
        address = "dhcp"
      }
    }

    user_account {
      password = var.root_password
    }
  }

  network_interface {
    name   = "eth0"
    bridge = "vmbr0"
  }

  operating_system {
    template_file_id = "local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst"
    type             = "debian"
  }
}
