/**
 * The ways that teach Terraform what is there: import, rename and let go. Pure.
 *
 * @module
 */

import { remediesOf } from "../providers/remedies.ts";
import { shellWord } from "../../lib/shell_word.ts";
import type { Change, ObjectIdentity, UnmanagedGuest } from "../report.ts";
import type { Way, WayStep } from "./explanation.ts";
import { isPlain } from "./line.ts";
import { applySteps, canWork, entrySteps, planStep, terraformStep, type Workplace } from "./workplace.ts";

/**
 * The ways that fit a change.
 *
 * @param others All changes of the environment: an object under a new name is a creation beside a destruction.
 */
export function adoptChange(change: Change, others: readonly Change[], place: Workplace): Way[] {
  const ways = [
    change.witness?.found === "moved" ? stay(change, place) : undefined,
    renamed(change, others, place),
    change.action === "delete" ? letGo(change, place) : undefined,
  ];
  return ways.filter((way) => way !== undefined);
}

/** A guest that was moved to another node, and is to stay there: its place in the state is given up, and taken anew. */
function stay(change: Change, place: Workplace): Way | undefined {
  const { address, identity, witness, provider } = change;
  const node = witness?.node;
  if (!identity || node === undefined || !canWork(place, [address])) return undefined;
  const known = remediesOf(provider).importOf({ ...identity, node });
  if (!known || !isPlain(known.id)) return undefined;
  return {
    kind: "adopt",
    title: `Keep it on ${node}`,
    steps: [
      { kind: "text", text: `Write the node into the code: ${node} in place of ${identity.node ?? "the old one"}.` },
      ...entrySteps(place),
      terraformStep(place, ["state", "rm", shellWord(address)]),
      importLines(address, known.id),
      ...applySteps(place, [address]),
      { kind: "text", text: "Then delete import.tf." },
    ],
    danger:
      'Go on only where the plan says "1 to import" and "0 to destroy": attributes that no provider can read back ' +
      "would make it replace the guest. Put those into ignore_changes.",
  };
}

/** An object that the code calls by another name now. */
function renamed(change: Change, others: readonly Change[], place: Workplace): Way | undefined {
  const isGone = change.action === "delete", isNew = change.action === "create" && change.origin === "pending";
  if (!isGone && !isNew) return undefined;
  const twin = others.find((other) =>
    other.action === (isGone ? "create" : "delete") && other.type === change.type &&
    isSame(other.identity, change.identity)
  );
  if (!twin || !canWork(place, [change.address, twin.address])) return undefined;
  const [from, to] = isGone ? [change, twin] : [twin, change];
  return {
    kind: "adopt",
    title: "Tell Terraform that it has a new name",
    steps: [
      {
        kind: "lines",
        where: "moved.tf, in the folder of the environment",
        lines: `moved {\n  from = ${from.address}\n  to   = ${to.address}\n}`,
      },
      ...entrySteps(place),
      planStep(place, []),
      { kind: "text", text: 'The plan must say "has moved to", and destroy nothing. Apply it.' },
    ],
  };
}

/** The object stays, and Terraform no longer knows it. */
function letGo({ address }: Change, place: Workplace): Way | undefined {
  if (!canWork(place, [address])) return undefined;
  // A block cannot name one instance of several.
  const isOnly = !address.includes("[");
  return {
    kind: "adopt",
    title: "Let it live, without Terraform",
    steps: isOnly
      ? [
        {
          kind: "lines",
          where: "removed.tf, in the folder of the environment",
          lines: `removed {\n  from = ${address}\n\n  lifecycle {\n    destroy = false\n  }\n}`,
        },
        ...entrySteps(place),
        ...applySteps(place, [address]),
      ]
      : [...entrySteps(place), terraformStep(place, ["state", "rm", shellWord(address)])],
  };
}

/** Names of a guest. */
const NAMES = ["name", "hostname", "initialization[0].hostname"];

/** How to tell a guest that was renamed from another one that was given its number: nothing in a plan says it for sure. */
export function sameGuest({ address, action, identity, attributes }: Change, place: Workplace): Way[] {
  const isRenamed = attributes.some(({ path, origin }) => NAMES.includes(path) && origin !== "pending");
  const program = { qemu: "qm", lxc: "pct" }[identity?.kind ?? ""];
  if (action !== "update" || !isRenamed || program === undefined || !canWork(place, [address, identity!.id])) return [];
  return [{
    kind: "adopt",
    title: "Make sure first that it is the same guest, not another one under its number",
    steps: [
      { kind: "command", line: `${program} config ${shellWord(identity!.id)}` },
      ...entrySteps(place),
      terraformStep(place, ["state", "show", shellWord(address)]),
      {
        kind: "text",
        text: "Compare the MAC addresses and the disks: they are a guest's own. If they differ, put nothing back: " +
          "an apply would turn the other guest into this one. Restore it under a number of its own, and then this one.",
      },
    ],
  }];
}

/** A guest that no state knows, in each of the environments whose provider can take it. */
export function adoptGuest(guest: UnmanagedGuest, places: readonly GuestPlace[]): Way[] {
  const identity: ObjectIdentity = { kind: guest.type, id: `${guest.id}`, node: guest.node };
  return places.flatMap(({ place, providers }): Way[] => {
    const known = providers.flatMap((source) => remediesOf(source).importOf(identity) ?? [])[0];
    if (!known || !canWork(place, [known.id])) return [];
    const name = resourceName(guest);
    return [{
      kind: "adopt",
      title: `Bring it under Terraform, in "${place.name}"`,
      steps: [
        importLines(`${known.type}.${name}`, known.id),
        ...entrySteps(place),
        planStep(place, [`-generate-config-out=${name}.tf`]),
        {
          kind: "text",
          text:
            `Edit ${name}.tf until a plan says "1 to import" and "0 to destroy", and changes nothing that you do not want; apply that, and delete import.tf.`,
        },
      ],
    }];
  });
}

/** An environment that may take a guest. */
export interface GuestPlace {
  /** Where Terraform is run. */
  place: Workplace;
  /** Sources of its providers. */
  providers: readonly string[];
}

function importLines(to: string, id: string): WayStep {
  return {
    kind: "lines",
    where: "import.tf, in the folder of the environment",
    lines: `import {\n  to = ${to}\n  id = ${hclText(id)}\n}`,
  };
}

/** A text as HCL has it: nothing in it is a template. */
function hclText(text: string): string {
  return JSON.stringify(text).replace(/[$%](?=\{)/g, "$&$&");
}

/** A name for the code that Terraform takes. */
function resourceName({ name, type, id }: UnmanagedGuest): string {
  const word = (name ?? "").toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "");
  return /^[a-z]/.test(word) ? word : `${type === "lxc" ? "ct" : "vm"}_${id}`;
}

function isSame(one: ObjectIdentity | undefined, other: ObjectIdentity | undefined): boolean {
  return one !== undefined && one.kind === other?.kind && one.id === other.id;
}
