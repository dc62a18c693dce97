/**
 * The noise of bpg/proxmox and of Proxmox VE behind it: one row for each habit, each with recorded plans in
 * tests/fixtures/noise. Read in the provider's source (0.94 to 0.112) and its issues.
 *
 * @module
 */

import type { NoiseRow } from "../provider.ts";

/** Types under their long and their short name; those of the old SDK have the long one alone. */
function types(...kinds: string[]): string[] {
  return kinds.flatMap((kind) => [`proxmox_virtual_environment_${kind}`, `proxmox_${kind}`]);
}

// `proxmox_vm` is the short name of vm2.
const VMS = ["proxmox_virtual_environment_vm", "proxmox_virtual_environment_vm2", "proxmox_vm", ...types("cloned_vm")];
const CONTAINERS = ["proxmox_virtual_environment_container"];
const SDN_ZONES = types("sdn_zone_simple", "sdn_zone_vlan", "sdn_zone_qinq", "sdn_zone_vxlan", "sdn_zone_evpn");

/** The provider's noise. */
export const noise: readonly NoiseRow[] = [
  {
    name: "bpg-tags",
    types: [...VMS, ...CONTAINERS],
    paths: ["tags"],
    shape: "words",
    issue: "bpg#1851",
    reason: "Proxmox sorts tags and writes them in small letters",
  },
  {
    name: "bpg-description",
    types: [...VMS, ...CONTAINERS],
    paths: ["description"],
    shape: "text",
    issue: "bpg#762",
    reason: "Proxmox and its provider end lines and texts in their own ways",
  },
  {
    name: "bpg-sdn-mtu",
    types: SDN_ZONES,
    paths: ["mtu"],
    shape: { absent: 0 },
    issue: "bpg#2584",
    reason: "an MTU of 0 is one that is not set",
  },
  {
    name: "bpg-metrics-server-disable",
    types: types("metrics_server"),
    paths: ["disable"],
    shape: { absent: false },
    since: "0.103.0",
    issue: "bpg#2805",
    reason: "a default that this version of the provider brings",
  },
  {
    name: "bpg-acme-account-tos",
    types: types("acme_account"),
    paths: ["tos"],
    shape: { absent: "" },
    until: "0.98.1",
    issue: "bpg#2672",
    reason: "the provider reads terms of service that are not set as an empty text",
  },
  {
    name: "bpg-disk-queues",
    types: ["proxmox_virtual_environment_vm"],
    paths: ["disk[*].queues"],
    shape: { absent: 0 },
    since: "0.109.0",
    reason: "a default that this version of the provider brings",
  },
  {
    name: "bpg-cloud-init-upgrade",
    types: ["proxmox_virtual_environment_vm"],
    paths: ["initialization[*].upgrade"],
    shape: { absent: true },
    since: "0.102.0",
    issue: "bpg#2788",
    reason: "a default that this version of the provider brings",
  },
  {
    name: "bpg-wait-for-ip-disabled",
    types: ["proxmox_virtual_environment_vm"],
    paths: ["agent[*].wait_for_ip[*].disabled"],
    shape: { absent: false },
    since: "0.109.0",
    issue: "bpg#2932",
    reason: "a default that this version of the provider brings",
  },
  {
    name: "bpg-host-managed",
    types: CONTAINERS,
    paths: ["network_interface[*].host_managed"],
    shape: { absent: false },
    since: "0.104.0",
    reason: "a default that this version of the provider brings",
  },
  {
    name: "bpg-cpu-limit",
    types: CONTAINERS,
    paths: ["cpu[*].limit"],
    shape: { absent: 0 },
    since: "0.101.0",
    reason: "a default that this version of the provider brings",
  },
  {
    name: "bpg-migrate",
    types: ["proxmox_virtual_environment_vm", ...CONTAINERS],
    paths: ["migrate", "timeout_migrate"],
    shape: { absentOr: [false, 1800] },
    issue: "bpg#3104",
    reason: "how the provider moves a guest unless it is told otherwise: Proxmox keeps no such thing",
  },
  {
    name: "bpg-agent-addresses",
    types: ["proxmox_virtual_environment_vm"],
    paths: ["ipv4_addresses*", "ipv6_addresses*", "network_interface_names*", "mac_addresses*"],
    shape: "computed",
    issue: "bpg#2374",
    reason: "the guest agent's own list of network interfaces, empty while it does not answer",
  },
  {
    name: "bpg-container-addresses",
    types: CONTAINERS,
    paths: ["ipv4", "ipv4.*", "ipv4[*]", "ipv6", "ipv6.*", "ipv6[*]"],
    shape: "computed",
    reason: "the addresses that the container has at the moment",
  },
  {
    name: "bpg-pool-members",
    types: ["proxmox_virtual_environment_pool"],
    paths: ["members*"],
    shape: "computed",
    reason: "a list of who is in the pool and on which node, which no code sets",
  },
  {
    name: "bpg-node-time",
    types: ["proxmox_virtual_environment_time"],
    paths: ["local_time", "utc_time"],
    shape: "computed",
    reason: "the node's clock",
  },
  {
    name: "bpg-hosts-copies",
    types: ["proxmox_virtual_environment_hosts"],
    paths: ["addresses*", "digest", "entries*", "hostnames*"],
    shape: "computed",
    reason: "copies of what `entry` has",
  },
  {
    name: "bpg-digest",
    types: types("acme_dns_plugin", "sdn_controller_evpn"),
    paths: ["digest"],
    shape: "computed",
    reason: "the checksum of a file that others have entries in, too",
  },
  {
    name: "bpg-sdn-state",
    types: SDN_ZONES,
    paths: ["state"],
    shape: "computed",
    reason: "whether Proxmox has applied its network settings yet",
  },
  {
    name: "bpg-acme-certificate",
    types: types("acme_certificate"),
    paths: ["certificate", "fingerprint", "issuer", "not_after", "not_before", "subject", "subject_alternative_names*"],
    shape: "computed",
    reason: "Proxmox renews this certificate by itself",
  },
  {
    name: "bpg-file-source",
    types: ["proxmox_virtual_environment_file"],
    paths: ["file_modification_date", "file_size", "file_tag"],
    shape: "computed",
    issue: "bpg#677",
    reason: "date and size of the source, on the machine that checks or upstream",
  },
];
