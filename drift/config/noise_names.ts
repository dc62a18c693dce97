/**
 * The names of the rows of noise, as a configuration leaves them out. The rows stand in `drift/providers/X/noise.ts`, and a
 * test holds that the names are theirs.
 *
 * @module
 */

/** The rows of all providers. */
export const NOISE_NAMES: readonly string[] = [
  "bpg-tags",
  "bpg-description",
  "bpg-sdn-mtu",
  "bpg-metrics-server-disable",
  "bpg-acme-account-tos",
  "bpg-disk-queues",
  "bpg-cloud-init-upgrade",
  "bpg-wait-for-ip-disabled",
  "bpg-host-managed",
  "bpg-cpu-limit",
  "bpg-migrate",
  "bpg-agent-addresses",
  "bpg-container-addresses",
  "bpg-pool-members",
  "bpg-node-time",
  "bpg-hosts-copies",
  "bpg-digest",
  "bpg-sdn-state",
  "bpg-acme-certificate",
  "bpg-file-source",
  "telmate-tags",
  "telmate-description",
  "telmate-mac-address",
  "telmate-agent-addresses",
  "telmate-addresses-unknown",
  "telmate-power-unset",
  "telmate-startup-unset",
  "telmate-disk-format",
  "telmate-qemu-os",
];
