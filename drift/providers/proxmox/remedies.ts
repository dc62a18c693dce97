/**
 * How a difference is undone by hand: Proxmox's options behind attributes, and what an apply would do to a running guest.
 * Read in the source of bpg/proxmox 0.111. Pure.
 *
 * @module
 */

import type { ObjectIdentity } from "../../report.ts";
import { type OptionTable, optionValue } from "../../../lib/proxmox_api/option_value.ts";
import type { Difference, HandStep, Remedies } from "../provider.ts";
import { isPower } from "./power.ts";
import { isContainer, isVm, kindOf, type Values, values } from "./types.ts";

const VM_OPTIONS: OptionTable = {
  "acpi": ["acpi", "flag"],
  "bios": ["bios"],
  "boot_order": ["boot", { list: ";", before: "order=" }],
  "cpu[0].affinity": ["affinity"],
  "cpu[0].cores": ["cores"],
  "cpu[0].limit": ["cpulimit"],
  "cpu[0].numa": ["numa", "flag"],
  "cpu[0].sockets": ["sockets"],
  "cpu[0].units": ["cpuunits"],
  "description": ["description"],
  "hotplug": ["hotplug"],
  "keyboard_layout": ["keyboard"],
  "kvm_arguments": ["args"],
  "machine": ["machine"],
  "memory[0].dedicated": ["memory"],
  "memory[0].floating": ["balloon"],
  "memory[0].shared": ["shares"],
  "name": ["name"],
  "on_boot": ["onboot", "flag"],
  "operating_system[0].type": ["ostype"],
  "protection": ["protection", "flag"],
  "scsi_hardware": ["scsihw"],
  "tablet_device": ["tablet", "flag"],
  "tags": ["tags", { list: ";" }],
};

const CONTAINER_OPTIONS: OptionTable = {
  "cpu[0].cores": ["cores"],
  "cpu[0].limit": ["cpulimit"],
  "cpu[0].units": ["cpuunits"],
  "description": ["description"],
  "initialization[0].dns[0].domain": ["searchdomain"],
  "initialization[0].hostname": ["hostname"],
  "memory[0].dedicated": ["memory"],
  "memory[0].swap": ["swap"],
  "protection": ["protection", "flag"],
  "start_on_boot": ["onboot", "flag"],
  "tags": ["tags", { list: ";" }],
};

/** The options of what is no guest, by the provider's name of the type. */
const OTHER_OPTIONS: Readonly<Record<string, OptionTable>> = {
  pool: { comment: ["comment"] },
  group: { comment: ["comment"] },
  role: { privileges: ["privs", { list: "," }] },
  user: {
    comment: ["comment"],
    email: ["email"],
    enabled: ["enable", "flag"],
    first_name: ["firstname"],
    last_name: ["lastname"],
  },
};

/** Attributes of a VM that an apply changes without a restart, by how their paths begin. */
const QUIET_OF_VM = [
  ...["description", "hook_script_file_id", "hotplug", "migrate", "name", "network_device", "node_name", "on_boot"],
  ...["pool_id", "protection", "purge_on_destroy", "reboot", "smbios", "started", "startup", "stop_on_destroy", "tags"],
];
/** The same of a container. */
const QUIET_OF_CONTAINER = [
  ...["cpu", "description", "hook_script_file_id", "memory", "pool_id", "protection", "start_on_boot", "started"],
  ...["startup", "tags"],
];

/** What can be done about findings of bpg/proxmox. */
export const remedies: Remedies = { byHand, mayRestart, importOf };

/** How a difference of a guest, pool, user, group or role is undone by hand; undefined where no way is known. */
function byHand(type: string, difference: Difference, identity: ObjectIdentity): HandStep | undefined {
  const isGuest = isVm(type) || isContainer(type);
  return (isGuest ? guestStep(type, difference, identity) : undefined) ??
    (isVm(type) ? deviceStep(difference) : undefined) ??
    optionStep(isVm(type) ? VM_OPTIONS : isContainer(type) ? CONTAINER_OPTIONS : tableOf(type), difference);
}

/** Whether an apply that changes an attribute may restart the guest. */
function mayRestart(type: string, path: string): boolean {
  const quiet = isVm(type) ? QUIET_OF_VM : isContainer(type) ? QUIET_OF_CONTAINER : undefined;
  const [head] = path.split(/[.[]/);
  return quiet !== undefined && !quiet.includes(head!);
}

/** Guests, by node and number; pools, users, groups and roles, by name. */
function importOf({ kind, id, node }: ObjectIdentity): { type: string; id: string } | undefined {
  switch (kind) {
    case "qemu":
      return node === undefined ? undefined : { type: "proxmox_virtual_environment_vm", id: `${node}/${id}` };
    case "lxc":
      return node === undefined ? undefined : { type: "proxmox_virtual_environment_container", id: `${node}/${id}` };
    case "pool":
    case "user":
    case "group":
    case "role":
      return { type: `proxmox_virtual_environment_${kind}`, id };
    default:
      return undefined;
  }
}

function tableOf(type: string): OptionTable {
  const kind = kindOf(type) ?? "";
  return Object.hasOwn(OTHER_OPTIONS, kind) ? OTHER_OPTIONS[kind]! : {};
}

function optionStep(table: OptionTable, { path, expected }: Difference): HandStep | undefined {
  const [option, format] = Object.hasOwn(table, path) ? table[path]! : [];
  const value = option === undefined ? undefined : optionValue(expected, format);
  return value === undefined ? undefined : { option: option!, value };
}

/** What no option says: power, node, and pool. */
function guestStep(type: string, { path, expected, actual }: Difference, { id }: ObjectIdentity): HandStep | undefined {
  const program = isVm(type) ? "qm" : "pct";
  if (isPower(type, path) && typeof expected === "boolean") {
    return { command: [program, expected ? "start" : "shutdown", id] };
  }
  if (path === "node_name" && typeof expected === "string") {
    return { command: [program, "migrate", id, expected, program === "qm" ? "--online" : "--restart"] };
  }
  if (path !== "pool_id") return undefined;
  if (typeof expected === "string" && expected !== "") {
    return { command: ["pvesh", "set", `/pools/${expected}`, "--vms", id, "--allow-move", "1"] };
  }
  return typeof actual === "string"
    ? { command: ["pvesh", "set", `/pools/${actual}`, "--vms", id, "--delete", "1"] }
    : undefined;
}

/** Disks and network cards of a VM. */
function deviceStep({ path, expected, actual }: Difference): HandStep | undefined {
  if (/^disk\[[^\]]+\]\.size$/.test(path) && Number(actual) > Number(expected)) {
    return { impossible: "Proxmox cannot shrink a disk" };
  }
  const [, place] = /^network_device\[(\d+)\]$/.exec(path) ?? [];
  if (place === undefined) return undefined;
  const value = expected === null ? null : cardOf(values(expected));
  return value === undefined ? undefined : { option: `net${place}`, value };
}

/** A network card as an option has it; undefined where the code leaves open what it is. */
function cardOf(card: Values): string | undefined {
  const { model, bridge, mac_address: mac } = card;
  if (typeof model !== "string" || typeof bridge !== "string" || model === "" || bridge === "") return undefined;
  const parts = [
    typeof mac === "string" && mac !== "" ? `${model}=${mac}` : model,
    `bridge=${bridge}`,
    card.firewall === true && "firewall=1",
    card.disconnected === true && "link_down=1",
    isSet(card.mtu) && `mtu=${card.mtu}`,
    isSet(card.queues) && `queues=${card.queues}`,
    isSet(card.rate_limit) && `rate=${card.rate_limit}`,
    isSet(card.vlan_id) && `tag=${card.vlan_id}`,
    typeof card.trunks === "string" && card.trunks !== "" && `trunks=${card.trunks}`,
  ];
  return parts.filter((part) => part !== false).join(",");
}

function isSet(value: unknown): boolean {
  return typeof value === "number" && value !== 0;
}
