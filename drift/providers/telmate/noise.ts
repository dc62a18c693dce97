/**
 * The noise of Telmate/proxmox and of Proxmox VE behind it: one row for each habit, each with recorded plans in
 * tests/fixtures/noise. Read in the provider's source (2.9.14 and 3.0.2-rc09) and its issues.
 *
 * @module
 */

import type { NoiseRow } from "../provider.ts";

const ROWS: readonly NoiseRow[] = [
  {
    name: "telmate-tags",
    types: ["proxmox_vm_qemu", "proxmox_lxc", "proxmox_lxc_guest"],
    paths: ["tags"],
    shape: "words",
    issue: "Telmate#951",
    reason: "Proxmox sorts tags, writes them in small letters and separates them by semicolons",
  },
  {
    name: "telmate-description",
    types: ["proxmox_vm_qemu", "proxmox_lxc", "proxmox_lxc_guest"],
    paths: ["desc", "description"],
    shape: "text",
    issue: "Telmate#1030",
    reason: "Proxmox ends lines and texts in its own way",
  },
  {
    name: "telmate-mac-address",
    types: ["proxmox_vm_qemu", "proxmox_lxc"],
    paths: ["network[*].macaddr", "network[*].hwaddr"],
    shape: "case",
    issue: "Telmate#168",
    reason: "Proxmox writes MAC addresses in capital letters",
  },
  {
    name: "telmate-agent-addresses",
    types: ["proxmox_vm_qemu"],
    paths: ["default_ipv4_address", "default_ipv6_address", "ssh_host", "ssh_port"],
    shape: "computed",
    reason: "what the guest agent tells of the network",
  },
  {
    name: "telmate-addresses-unknown",
    types: ["proxmox_vm_qemu"],
    paths: ["default_ipv4_address", "ssh_host", "ssh_port"],
    shape: "unknown",
    // It plans the same for a VM that was stopped.
    where: { vm_state: "running" },
    issue: "Telmate#1035",
    reason: "the VM runs as `vm_state` asks, and the provider looks for its addresses again",
  },
  {
    name: "telmate-power-unset",
    types: ["proxmox_vm_qemu"],
    paths: ["vm_state"],
    // That of a VM that somebody stopped is no noise.
    shape: { absent: "running" },
    issue: "Telmate#1035",
    reason: "the code asks for no power state, and the provider notes that the VM runs",
  },
  {
    name: "telmate-startup-unset",
    types: ["proxmox_vm_qemu", "proxmox_lxc_guest"],
    paths: ["startup_shutdown[*]"],
    shape: { absent: { order: -1, shutdown_timeout: -1, startup_delay: -1 } },
    reason: "the provider notes a start-up order of nothing but -1 where there is none",
  },
  {
    name: "telmate-disk-format",
    types: ["proxmox_vm_qemu"],
    paths: ["disk[*].format"],
    shape: { absent: "raw" },
    issue: "Telmate#1164",
    reason: "the code leaves the format to Proxmox, and the provider notes it",
  },
  {
    name: "telmate-qemu-os",
    types: ["proxmox_vm_qemu"],
    paths: ["qemu_os"],
    shape: { absent: "other" },
    issue: "Telmate#961",
    reason: "the code leaves the kind of system open, and Proxmox then calls it other",
  },
];

/**
 * The provider's noise, where no option waits for a restart: of one that does a plan of 3.0 names `reboot_required` alone,
 * and noise beside it must not set it aside.
 */
export const noise: readonly NoiseRow[] = ROWS.map((row) => (
  { ...row, where: { ...row.where, reboot_required: false } }
));
