# The monitoring itself, and what lets it look into Proxmox.

module "vm" {
  source = "../../modules/vm"

  id             = 401
  name           = "prometheus"
  node           = "pve2"
  cores          = 2
  memory         = 4096
  disks          = [16, 100]
  tags           = ["monitoring"]
  admin_password = var.admin_password
}

module "ct" {
  source = "../../modules/ct"

  id            = 411
  hostname      = "grafana"
  node          = "pve2"
  memory        = 1024
  tags          = ["monitoring"]
  root_password = var.admin_password
}

resource "proxmox_virtual_environment_role" "exporter" {
  role_id    = "Exporter"
  privileges = ["Datastore.Audit", "Sys.Audit", "VM.Audit"]
}

resource "proxmox_virtual_environment_user" "exporter" {
  user_id  = "exporter@pve"
  comment  = "prometheus exporter"
  enabled  = true
  password = var.exporter_password
}

resource "proxmox_virtual_environment_acl" "exporter" {
  path      = "/"
  user_id   = proxmox_virtual_environment_user.exporter.user_id
  role_id   = proxmox_virtual_environment_role.exporter.role_id
  propagate = true
}

resource "proxmox_virtual_environment_user_token" "exporter" {
  user_id               = proxmox_virtual_environment_user.exporter.user_id
  token_name            = "scrape"
  comment               = "prometheus"
  privileges_separation = false
}
