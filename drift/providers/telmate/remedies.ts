/**
 * How a difference is undone by hand: Proxmox's options behind attributes, and what an apply would do to a running guest.
 * Read in the source of Telmate/proxmox 2.9.14 and 3.0.2. Pure.
 *
 * @module
 */

import { type OptionTable, optionValue } from "../../../lib/proxmox_api/option_value.ts";
import type { ObjectIdentity } from "../../report.ts";
import type { Difference, HandStep, Remedies } from "../provider.ts";
import { isPower, kindOf } from "./guests.ts";

const VM_OPTIONS: OptionTable = {
  ...plain("args", "balloon", "bios", "boot", "cores", "description", "hotplug", "machine", "memory", "name"),
  ...plain("scsihw", "sockets", "startup", "tags", "vcpus"),
  "cpu[0].affinity": ["affinity"],
  "cpu[0].cores": ["cores"],
  "cpu[0].limit": ["cpulimit"],
  "cpu[0].numa": ["numa", "flag"],
  "cpu[0].sockets": ["sockets"],
  "cpu[0].units": ["cpuunits"],
  "cpu[0].vcores": ["vcpus"],
  "desc": ["description"],
  "numa": ["numa", "flag"],
  "onboot": ["onboot", "flag"],
  "protection": ["protection", "flag"],
  "qemu_os": ["ostype"],
  "start_at_node_boot": ["onboot", "flag"],
  "tablet": ["tablet", "flag"],
};

const CONTAINER_OPTIONS: OptionTable = {
  ...plain("cores", "cpulimit", "cpuunits", "description", "hostname", "memory", "name", "nameserver", "searchdomain"),
  ...plain("startup", "swap", "tags"),
  "onboot": ["onboot", "flag"],
  "protection": ["protection", "flag"],
  "start_at_node_boot": ["onboot", "flag"],
};

/** Attributes that an apply changes without a restart, by how their paths begin. */
const QUIET = new Set([
  ...["current_node", "desc", "description", "name", "onboot", "pool", "power_state", "protection", "start"],
  ...["start_at_node_boot", "startup", "tags", "target_node", "target_nodes", "vm_state"],
]);

/** Attributes that say on which node a guest is. */
const NODE = new Set(["target_node", "current_node"]);

/** What can be done about findings of Telmate/proxmox. */
export const remedies: Remedies = { byHand, mayRestart, importOf };

/** How a difference of a guest is undone by hand; undefined where no way is known. */
function byHand(type: string, difference: Difference, { id }: ObjectIdentity): HandStep | undefined {
  const kind = kindOf(type);
  if (!kind) return undefined;
  const program = kind === "qemu" ? "qm" : "pct", { path, expected } = difference;
  if (isPower(type, path)) return powerStep(program, id, expected);
  if (NODE.has(path) && typeof expected === "string" && expected !== "") {
    return { command: [program, "migrate", id, expected, program === "qm" ? "--online" : "--restart"] };
  }
  const table = kind === "qemu" ? VM_OPTIONS : CONTAINER_OPTIONS;
  const [option, format] = Object.hasOwn(table, path) ? table[path]! : [];
  const value = option === undefined ? undefined : optionValue(expected, format);
  return value === undefined ? undefined : { option: option!, value };
}

/** Whether an apply that changes an attribute may restart the guest: it does where Proxmox says that a change waits for it. */
function mayRestart(type: string, path: string): boolean {
  const [head] = path.split(/[.[]/);
  return kindOf(type) !== undefined && !QUIET.has(head!);
}

/** Guests, by node, kind and number. */
function importOf({ kind, id, node }: ObjectIdentity): { type: string; id: string } | undefined {
  const type = { qemu: "proxmox_vm_qemu", lxc: "proxmox_lxc" }[kind];
  return type === undefined || node === undefined ? undefined : { type, id: `${node}/${kind}/${id}` };
}

function powerStep(program: string, id: string, expected: unknown): HandStep | undefined {
  if (expected === "running") return { command: [program, "start", id] };
  return expected === "stopped" ? { command: [program, "shutdown", id] } : undefined;
}

/** Attributes that go by the name of Proxmox's option. */
function plain(...names: string[]): OptionTable {
  return Object.fromEntries(names.map((name) => [name, [name]]));
}
