/**
 * The way of living with a finding: a rule of pve-drift.json. Pure.
 *
 * @module
 */

import type { Change, UnmanagedGuest } from "../report.ts";
import type { Way } from "./explanation.ts";
import { isPlain } from "./line.ts";

const WHY = "WHY THIS MAY STAY SO";

/** The rules that set differences of attributes aside; nothing for what would be created, destroyed or replaced. */
export function acceptChange({ address, action, attributes }: Change, environment: string): Way[] {
  if (action !== "update" || attributes.length === 0) return [];
  const names = [address, ...attributes.map(({ path }) => path)];
  // In a rule, a star stands for anything: it would accept more than this.
  if (!names.every((name) => isPlain(name) && !name.includes("*"))) return [];
  const rules = attributes.map(({ path }) => ({ env: environment, address, path, reason: WHY }));
  return [{
    kind: "accept",
    title: "Accept it",
    steps: [
      {
        kind: "lines",
        where: 'pve-drift.json, under "accept"',
        lines: rules.map((rule) => JSON.stringify(rule)).join(",\n"),
      },
      { kind: "text", text: 'Say why. With "until": "2027-01-31" it ends by itself.' },
    ],
    danger: "No check calls it drift any more, whatever the value becomes.",
  }];
}

/** The rule by which a guest is meant to be beyond Terraform. */
export function acceptGuest({ id }: UnmanagedGuest): Way {
  const rule = { vmid: `${id}`, reason: WHY };
  return {
    kind: "accept",
    title: "Leave it out",
    steps: [{
      kind: "lines",
      where: 'pve-drift.json, under "proxmox", "exclude"',
      lines: JSON.stringify(rule),
    }],
    danger: `Another guest that gets the number ${id} one day is left out as well.`,
  };
}
