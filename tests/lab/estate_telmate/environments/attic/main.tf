# Guests of the years before: the same cluster, by Telmate's provider.

locals {
  vms = {
    app-1   = { id = 501, node = "pve1", memory = 2048, disks = ["16G"], vlan = 0, agent = 1, tags = "Managed,app" }
    store-1 = { id = 502, node = "pve2", memory = 4096, disks = ["16G", "64G"], vlan = 20, agent = 0, tags = "managed;store" }
    batch-1 = { id = 503, node = "pve1", memory = 1024, disks = ["16G"], vlan = 0, agent = 0, tags = "managed" }
  }

  # Nothing in Proxmox tells of the others but themselves.
  pooled = ["app-1", "store-1", "wiki-1"]

  containers = {
    wiki-1 = { id = 511, node = "pve1", description = "managed by terraform\n" }
    irc-1  = { id = 512, node = "pve2", description = "chat" }
  }
}

resource "proxmox_pool" "attic" {
  poolid  = "attic"
  comment = "guests of the years before"
}

resource "proxmox_vm_qemu" "vm" {
  for_each = local.vms

  vmid            = each.value.id
  name            = each.key
  target_node     = each.value.node
  description     = "managed by terraform\n\nask ops before you change it\n"
  tags            = each.value.tags
  pool            = contains(local.pooled, each.key) ? proxmox_pool.attic.poolid : null
  memory          = each.value.memory
  scsihw          = "virtio-scsi-pci"
  boot            = "order=scsi0"
  vm_state        = "running"
  agent           = each.value.agent
  agent_timeout   = 2
  additional_wait = 1
  ciuser          = "ops"
  cipassword      = var.admin_password
  ipconfig0       = "ip=dhcp"

  cpu {
    cores = 2
  }

  # In the order of Proxmox's names, with all that the provider reads: else it finds a difference in every plan.
  disk {
    slot    = "ide2"
    type    = "cloudinit"
    storage = "local-lvm"
  }

  dynamic "disk" {
    for_each = each.value.disks
    content {
      slot    = "scsi${disk.key}"
      storage = "local-lvm"
      size    = disk.value
      format  = "raw"
    }
  }

  network {
    id       = 0
    model    = "virtio"
    bridge   = "vmbr0"
    tag      = each.value.vlan
    firewall = true
  }

  startup_shutdown {
    order            = -1
    startup_delay    = -1
    shutdown_timeout = -1
  }
}

resource "proxmox_lxc" "ct" {
  for_each = local.containers

  vmid         = each.value.id
  hostname     = each.key
  target_node  = each.value.node
  ostemplate   = "local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst"
  password     = var.admin_password
  description  = each.value.description
  tags         = "managed"
  pool         = contains(local.pooled, each.key) ? proxmox_pool.attic.poolid : null
  cores        = 1
  memory       = 512
  start        = true
  unprivileged = true

  features {
    nesting = true
  }

  rootfs {
    storage = "local-lvm"
    size    = "8G"
  }

  network {
    name   = "eth0"
    bridge = "vmbr0"
    ip     = "dhcp"
  }
}

output "app_address" {
  value = proxmox_vm_qemu.vm["app-1"].default_ipv4_address
}
