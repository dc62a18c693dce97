/**
 * What the second witness says, in the words that every sink for people uses. A record of Proxmox's says what somebody asked
 * for: where several fit, all of them are told. Pure.
 *
 * @module
 */

import { many } from "../../lib/many.ts";
import { visible } from "../../lib/visible.ts";
import type {
  AttributeChange,
  BeyondPlan,
  Change,
  Trace,
  UnmanagedGuest,
  WaitingGuest,
  WitnessReport,
} from "../../drift/report.ts";
import { ageText } from "./age_text.ts";
import { valueText } from "./values.ts";

/** Values longer than this are told by the name of their option alone, in characters. */
const LONGEST_VALUE = 24;

/**
 * Who may have made a change, one line for each kind of record: `cores 2 → 8 · alice@pve, 10:42 UTC` of the cluster's log,
 * `the task log has: destroyed by alice@pve at 10:42 UTC` of its tasks. Empty where nobody asked.
 *
 * @param now The run's start, ISO 8601: a time of the same day has no date.
 * @param withValues Tell what a request changed by its values, where the change shows them; else by the names of its options.
 */
export function traceLines(change: Change, now: string, withValues: boolean): string[] {
  const { traces } = change;
  if (traces === undefined) return [];
  if (traces.length === 0) return ["no record of who did it was found"];
  const logged = Map.groupBy(
    traces.filter(({ source }) => source === "log"),
    requestText(withValues ? change.attributes : []),
  );
  const tasks = traces.filter(({ source }) => source === "task");
  return [
    ...Array.from(logged, ([request, some]) => {
      const people = some.map((one) => `${personText(one, change)}, ${clockText(one.at, now)}`);
      return `${request} · ${people.join(", or ")}`;
    }),
    ...tasks.length > 0
      ? [
        `the task log has: ${
          tasks.map((one) => `${one.what} by ${personText(one, change)} at ${clockText(one.at, now)}`).join(", or ")
        }`,
      ]
      : [],
  ];
}

/** What a request was about: the values of its options where the change shows them, else their names. */
function requestText(attributes: AttributeChange[]): (trace: Trace) => string {
  return ({ what, options = [] }) => {
    const told = options.map((option) => {
      const attribute = attributes.find(({ path }) => isOf(path, option));
      return (attribute && fromTo(attribute, option)) ?? option;
    });
    return told.some((one) => one.includes(" → "))
      ? told.join(", ")
      : [what, ...told.length > 0 ? [told.join(", ")] : []].join(" ");
  };
}

/** Whether an attribute is what an option of Proxmox holds: `cpu[0].cores` is `cores`, `memory[0].dedicated` is `memory`. */
function isOf(path: string, option: string): boolean {
  const names = path.split(".").map((part) => part.replace(/\[.*$/, ""));
  return names.at(-1) === option || names[0] === option;
}

function fromTo({ expected, previous, actual, sensitive }: AttributeChange, option: string): string | undefined {
  const sides = [previous ?? expected, actual];
  if (sensitive || sides.some((side) => side === null || typeof side === "object")) return undefined;
  const texts = sides.map((side) => valueText(side, false));
  return texts.some((text) => text.length > LONGEST_VALUE) ? undefined : `${option} ${texts.join(" → ")}`;
}

function personText({ user, byTerraform, byHa }: Trace, { origin }: Change): string {
  if (byHa) return "HA";
  if (!byTerraform) return user;
  return `${origin === "pending" ? "an apply" : "an apply from elsewhere"} (${user})`;
}

/** `10:42 UTC`, with its date where that is another day's. */
function clockText(at: string, now: string): string {
  const [day, time] = [at.slice(0, 10), at.slice(11, 16)];
  return `${day === now.slice(0, 10) ? "" : `${day} `}${time} UTC`;
}

/** What people call a cluster: `Proxmox`, or with several, `Proxmox cluster "main"`. */
export function clusterName({ cluster }: Pick<WitnessReport, "cluster">): string {
  return cluster === "proxmox" ? "Proxmox" : `Proxmox cluster "${visible(cluster)}"`;
}

/** How many guests there are, managed and not: `41 guests managed, 2 in no state that is checked here, 3 excluded`. */
export function coverageText({ guests }: Pick<WitnessReport, "guests">): string {
  if (!guests) return "coverage is not known, so no guest is called unmanaged";
  return [
    `${many(guests.managed, "guest")} managed`,
    `${guests.unmanaged} in no state that is checked here`,
    ...guests.excluded > 0 ? [`${guests.excluded} excluded`] : [],
  ].join(", ");
}

/** Without what an earlier run has told by name: a new report, for a record of each run. */
export function witnessNews(witness: WitnessReport): WitnessReport {
  return {
    ...witness,
    unmanaged: witness.unmanaged.filter(({ isNew }) => isNew),
    beyond: witness.beyond.filter(({ isNew }) => isNew),
  };
}

/** `VM 131 "jump-temp"`. */
export function guestText({ type, id, name }: Pick<UnmanagedGuest, "type" | "id" | "name">): string {
  const kind = { qemu: "VM", lxc: "Container" }[type] ?? type;
  return `${kind} ${id}${name === undefined ? "" : ` "${name}"`}`;
}

/** A guest that no state knows: what it is, and what helps to find whose it is. */
export function strangerText(guest: UnmanagedGuest, now: string): string {
  const { node, status, template, tags, pool, isNew, firstSeenAt } = guest;
  const age = ageText(firstSeenAt, now);
  return [
    `${guestText(guest)} on ${node}`,
    template ? "template" : status,
    ...pool === undefined ? [] : [`pool ${pool}`],
    ...tags.length > 0 ? [`tags ${tags.join(" ")}`] : [],
    ...isNew ? ["new"] : age ? [`seen for ${age}`] : [],
  ].join(", ");
}

/** What waits on a guest for its restart: `VM 101 "web": memory runs with 2048, 4096 is written`. */
export function waitingText(guest: WaitingGuest): string {
  const said = guest.options.map(({ option, running, written }) => {
    const [runs, waits] = [running, written].map((value) =>
      typeof value === "string" ? value : valueText(value, false)
    );
    return runs === waits ? `${option} ${runs}` : `${option} ${runs} → ${waits}`;
  });
  return `${guestText(guest)}: ${said.join(", ")}`;
}

/** What stands on a guest and a plan cannot see: `VM 102 "db": disk scsi2 … was added outside Terraform, new`. */
export function beyondText(beyond: BeyondPlan, now: string): string {
  const age = ageText(beyond.firstSeenAt, now);
  return `${guestText(beyond)}: ${beyond.what}${beyond.isNew ? ", new" : age && `, seen for ${age}`}`;
}
