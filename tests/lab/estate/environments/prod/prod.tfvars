ssh_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFxLabKeyThatOpensNothingAtAll00000000000000 ops"]

vms = {
  web-1 = {
    id      = 101
    node    = "pve1"
    memory  = 2048
    address = "10.0.0.11/24"
    tags    = ["web"]
    agent   = true
    allow   = [{ comment = "ssh", port = "22" }, { comment = "https", port = "443" }]
  }
  web-2 = {
    id      = 102
    node    = "pve2"
    memory  = 2048
    address = "10.0.0.12/24"
    tags    = ["web"]
    allow   = [{ comment = "ssh", port = "22" }, { comment = "https", port = "443" }]
  }
  db-1 = {
    id      = 103
    node    = "pve1"
    cores   = 4
    memory  = 4096
    disks   = [16, 64]
    vlan    = 20
    address = "10.0.0.13/24"
    tags    = ["db"]
    allow   = [{ comment = "ssh", port = "22" }, { comment = "postgres", port = "5432" }]
  }
}

containers = {
  dns-1   = { id = 201, node = "pve1" }
  proxy-1 = { id = 202, node = "pve2", memory = 1024 }
}
