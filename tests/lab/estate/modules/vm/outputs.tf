output "id" {
  value = proxmox_virtual_environment_vm.this.vm_id
}

output "ipv4_addresses" {
  description = "As the guest agent tells them, by interface"
  value       = proxmox_virtual_environment_vm.this.ipv4_addresses
}
