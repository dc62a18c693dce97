/**
 * The ways that bring reality back to what the code says: by hand, and with an apply. Pure.
 *
 * @module
 */

import { remediesOf } from "../providers/remedies.ts";
import type { Change } from "../report.ts";
import { byHand } from "./by_hand.ts";
import type { Way, WayStep } from "./explanation.ts";
import { commandLine } from "./line.ts";
import { applySteps, canWork, entrySteps, type Workplace } from "./workplace.ts";

/** The gentlest first; empty where no command can be written, or nothing brings it back. */
export function putBack(change: Change, place: Workplace): Way[] {
  switch (change.action) {
    case "update":
      return updateBack(change, place);
    case "create":
      return change.origin === "pending"
        ? apply(change, place, "Apply it: create what the code asks for")
        : lostBack(change, place);
    case "replace":
      return [...hands(change), ...apply(change, place, "Apply it all the same", replaced(change))];
    case "delete":
      return apply(change, place, "Apply it: destroy what the code no longer has", destroyed(change));
    default:
      return [];
  }
}

function updateBack(change: Change, place: Workplace): Way[] {
  const { type, provider, origin, attributes } = change;
  const { impossible, shutsDown } = byHand(change);
  if (impossible !== undefined) return [];
  // What a plan changes without naming it may be anything.
  const isUnnamed = attributes.length === 0 && isGuest(change);
  const isRestarted = isUnnamed || attributes.some(({ path }) => remediesOf(provider).mayRestart(type, path));
  const applied = apply(
    change,
    place,
    origin === "pending" ? "Apply what the code asks for" : "Put it back with an apply",
    shutsDown
      ? shutDown(change)
      : isRestarted
      ? `The provider may restart ${nameOf(change)} for it, at once.`
      : undefined,
  );
  const hand = hands(change).map((way) => shutsDown ? { ...way, danger: shutDown(change) } : way);
  return isRestarted ? [...hand, ...applied] : [...applied, ...hand];
}

/** What no longer is where the state has it: moved away, hidden, or gone. */
function lostBack(change: Change, place: Workplace): Way[] {
  const { identity, witness } = change;
  switch (witness?.found) {
    case "exists":
    case "hidden":
      return [];
    case "moved": {
      const back = identity && movedBack(change);
      return back ? [back] : [];
    }
    default:
      return [
        ...isGuest(change) ? [restored(change)] : [],
        ...apply(
          change,
          place,
          isGuest(change) ? "Create it anew, without its data" : "Create it anew",
          isGuest(change)
            ? `IT COMES BACK EMPTY: the disks of ${nameOf(change)}, and all data on them, STAY LOST.`
            : undefined,
        ),
      ];
  }
}

function movedBack({ identity, witness }: Change): Way | undefined {
  const { kind, id, node = "" } = identity!;
  const [program, how] = kind === "lxc" ? ["pct", "--restart"] : ["qm", "--online"];
  const line = commandLine([program!, "migrate", id, node, how!]);
  if (node === "" || line === undefined) return undefined;
  return {
    kind: "put-back",
    title: `Move it back by hand, on ${witness?.node ?? "its node"}`,
    steps: [{ kind: "command", line }],
    ...kind === "lxc" ? { danger: "A running container is restarted by the move." } : {},
  };
}

/** A backup under the same id is the guest of the state again. */
function restored(change: Change): Way {
  const { kind, id, node } = change.identity!;
  const restore = kind === "lxc" ? `pct restore ${id} ARCHIVE` : `qmrestore ARCHIVE ${id}`;
  const steps: WayStep[] = [
    { kind: "text", text: "Make sure that it is gone, and neither hidden from the token nor on another node:" },
    { kind: "command", line: "pvesh get /cluster/resources --type vm" },
    { kind: "text", text: `Then restore its last backup${node === undefined ? "" : ` on ${node}`}: ${restore}` },
  ];
  return { kind: "put-back", title: "Restore it from a backup, under the same id", steps };
}

function hands(change: Change): Way[] {
  const { way } = change.origin === "pending" ? {} : byHand(change);
  return way ? [way] : [];
}

function apply(change: Change, place: Workplace, title: string, danger?: string): Way[] {
  if (!canWork(place, [change.address])) return [];
  const steps = [...entrySteps(place), ...applySteps(place, [change.address])];
  return [{ kind: "put-back", title, steps, ...(danger === undefined ? {} : { danger }) }];
}

function shutDown(change: Change): string {
  return `IT SHUTS DOWN ${nameOf(change)}.`;
}

function replaced(change: Change): string {
  const lost = isGuest(change) ? " with its disks, and all data on them" : "";
  return `IT WOULD DESTROY ${nameOf(change)}${lost}, AND CREATE IT ANEW, EMPTY.`;
}

function destroyed(change: Change): string {
  return `IT WOULD DESTROY ${nameOf(change)}${isGuest(change) ? " with its disks, and all data on them" : ""}.`;
}

/** Whether a guest stands behind it. */
export function isGuest({ identity }: Change): boolean {
  return identity?.kind === "qemu" || identity?.kind === "lxc";
}

function nameOf({ label, address }: Change): string {
  return label ?? address;
}
