/**
 * A scenario of the lab: somebody changes something, and it is known exactly what the check must say.
 *
 * @module
 */

import type { Action, EnvironmentReport, ErrorClass, Origin } from "../../../drift/report.ts";
import type { Lab } from "../lab.ts";
import { TOKENS } from "../pve.ts";

/** One change that the report must list. */
export interface ExpectedChange {
  /** Resource address. */
  address: string;
  /** What Terraform would do. */
  action: Action;
  /** Who made the difference. */
  origin: Origin;
  /**
   * Attribute path to what the code wants and what is there; an origin where it is not the change's own. All of them,
   * in any order.
   */
  attributes: Record<string, [expected: unknown, actual: unknown, origin?: Origin]>;
  /** Only some of the attributes are listed, since many differ. */
  among?: true;
  /** What the note must say; if absent, there must be no note. */
  note?: RegExp;
  /** False where something known speaks against the change; true if not given. */
  confirmed?: boolean;
  /** Addresses whose change led to this one. */
  causedBy?: string[];
}

/** A verdict, exactly. */
export type Expected = ExpectedVerdict & {
  /** All changes, in any order; none if not given. */
  changes?: ExpectedChange[];
  /** Changes that are listed without being drift, as `ADDRESS PATH`; phantoms aside. Not looked at if not given. */
  observed?: string[];
  /** Changes of the state alone, as `ADDRESS ACTION`; none if absent. */
  bookkeeping?: string[];
  /** What a rule of the configuration accepts, as `ADDRESS PATH`; nothing if not given. */
  accepted?: string[];
  /** What some warning must say. */
  warning?: RegExp;
};

/** A status; for an error also its class, and what its summary or detail must say. */
export type ExpectedVerdict = { status: "ok" | "drift" } | { status: "error"; class: ErrorClass; says: RegExp };

/** What plain `terraform plan -detailed-exitcode` says: its exit code, and something that stands in its text. */
export interface PlainSays {
  /** 0 nothing to do, 1 error, 2 something to do. */
  code: 0 | 1 | 2;
  /** Literal text, blanks and line breaks alike. */
  says: string;
  /** Whether it is asked to take the state's lock, as it does unless told otherwise; here it is told otherwise. */
  locking?: true;
}

/** One scenario. Every one begins with an estate that was applied and found in order. */
export interface Scenario {
  /** Unique; what happened, as a person would say it. */
  name: string;
  /** The environment that is checked. */
  env: "prod" | "lab" | "monitoring" | "attic";
  /** What is done, to Proxmox or to the code. */
  change: (lab: Lab) => Promise<void>;
  /** What happens while the check looks. */
  during?: (lab: Lab) => Promise<void>;
  /** What the check must say then. */
  expect: Expected;
  /**
   * Throws where the change did not happen, asked of Proxmox or seen in the report; needed where the verdict alone
   * would be the same without it.
   */
  proof?: (lab: Lab, report: EnvironmentReport) => void | Promise<void>;
  /** What plain terraform says; absent if it would never answer. */
  plain?: PlainSays;
  /** How a person mends it, as the handbook describes; by default `apply`. */
  mend?: ((lab: Lab) => Promise<void>) | "apply";
  /** The same in words, for the table. */
  mending: string;
  /** What the check must say after that; in order if not given. */
  after?: Expected;
  /** Mending brings another state: what the memory knows is not of it, so that nothing is told as resolved. */
  mendedElsewhere?: true;
  /** Options of pve-drift.json beside the usual. */
  config?: Record<string, unknown>;
  /** Whether it is run on OpenTofu too. */
  tofu?: boolean;
  /** A version of the provider that the mirror must hold beside its newest; else the scenario is ignored. */
  providerVersion?: string;
}

/** Address of a VM of prod and lab. */
export const vm = (name: string) => `module.vm[${JSON.stringify(name)}].proxmox_virtual_environment_vm.this`;
/** Address of a container of prod. */
export const ct = (name: string) => `module.ct[${JSON.stringify(name)}].proxmox_virtual_environment_container.this`;
/** Address of the firewall rules of a VM of prod. */
export const rules = (name: string) =>
  `module.vm[${JSON.stringify(name)}].proxmox_virtual_environment_firewall_rules.this[0]`;
/** Address of the firewall options of a VM of prod. */
export const firewall = (name: string) =>
  `module.vm[${JSON.stringify(name)}].proxmox_virtual_environment_firewall_options.this[0]`;
/** Address of the container of lab. */
export const SCRATCH = "module.ct.proxmox_virtual_environment_container.this";

/** An update of one object from outside. */
export function outside(
  address: string,
  attributes: ExpectedChange["attributes"],
  more: Partial<ExpectedChange> = {},
): ExpectedChange {
  return { address, action: "update", origin: "outside", attributes, ...more };
}

/** A replacement of one object, for what happened outside. */
export function replaced(
  address: string,
  attributes: ExpectedChange["attributes"],
  more: Partial<ExpectedChange> = {},
): ExpectedChange {
  return { ...outside(address, attributes, more), action: "replace" };
}

/** An update that the code asks for. */
export function pending(address: string, attributes: ExpectedChange["attributes"]): ExpectedChange {
  return { address, action: "update", origin: "pending", attributes };
}

/** An object that cannot be found where the state has it. */
export function vanished(address: string, note?: RegExp, confirmed = true): ExpectedChange {
  const guest = address.includes("_vm.")
    ? /deleted, or hidden from this token/
    : address.includes("_container.")
    ? /deleted, or moved to another node/
    : undefined;
  const said = note ?? guest;
  return { address, action: "create", origin: "outside", attributes: {}, confirmed, ...(said ? { note: said } : {}) };
}

/** Replaces a text that must be there in a file of the estate. */
export async function edit(lab: Lab, file: string, from: string | RegExp, to: string): Promise<void> {
  const path = `${lab.estate.dir}/${file}`;
  const text = await Deno.readTextFile(path);
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`"${file}" does not hold ${from}`);
  await Deno.writeTextFile(path, changed);
}

/** A firewall rule of the estate, of which these are compared. */
export function rule(dport: string, comment?: string) {
  return { dport, ...(comment ? { comment } : {}), action: "ACCEPT", type: "in", proto: "tcp", enabled: true };
}

/** The rules of a web server, which went with it. */
export function rulesGone(name: string): ExpectedChange {
  const attributes: ExpectedChange["attributes"] = {
    "rule[0]": [rule("22", "ssh"), null],
    "rule[1]": [rule("443", "https"), null],
  };
  return outside(rules(name), attributes, { note: /2 rules missing/ });
}

/** Adds code to an environment, and applies it. */
export async function withCode(lab: Lab, env: Scenario["env"], code: string): Promise<void> {
  await Deno.writeTextFile(lab.estate.path(env, "extra.tf"), code);
  if (code.includes("source ")) await lab.init([env]);
  await lab.apply([env]);
}

/** Puts everything back as it was applied. */
export const putBack = (lab: Lab) => lab.load("base", true);

/** What the API answers the checking token, faults and all. */
export async function seen<T>(lab: Lab, path: string): Promise<T> {
  using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(lab.pve.ca)] });
  const headers = { Authorization: `PVEAPIToken=${TOKENS.check}` };
  const response = await fetch(`${lab.pve.url}/api2/json${path}`, { client, headers });
  return (await response.json()).data;
}

/** The file with the estate's values for prod. */
export const PROD_VALUES = "environments/prod/prod.tfvars";
