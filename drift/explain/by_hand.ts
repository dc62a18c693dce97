/**
 * The commands on a node that undo a change by hand. Pure.
 *
 * @module
 */

import type { HandStep } from "../providers/provider.ts";
import { remediesOf } from "../providers/remedies.ts";
import type { Change, ObjectIdentity } from "../report.ts";
import type { Way, WayStep } from "./explanation.ts";
import { commandLine } from "./line.ts";

/** Programs that set options of guests. */
const PROGRAMS: Readonly<Record<string, string>> = { qemu: "qm", lxc: "pct" };
/** Where the API keeps what is no guest. */
const PATHS: Readonly<Record<string, string>> = {
  pool: "/pools",
  user: "/access/users",
  group: "/access/groups",
  role: "/access/roles",
};

/** How a change is undone by hand. */
export interface HandWay {
  /** Absent where no way is known, or not for all that differs. */
  way?: Way;
  /** Why neither a hand nor an apply can undo it. */
  impossible?: string;
  /** Whatever undoes it shuts the guest down. */
  shutsDown?: true;
}

/** How a change of a thing that is there is undone by hand. */
export function byHand({ type, provider, identity, attributes }: Change): HandWay {
  if (!identity || attributes.length === 0) return {};
  const known = remediesOf(provider);
  const steps = attributes.map((attribute) =>
    attribute.sensitive ? undefined : known.byHand(type, attribute, identity)
  );
  const impossible = steps.flatMap((step) => step && "impossible" in step ? [step.impossible] : []);
  if (impossible.length > 0) return { impossible: impossible[0]! };
  const shutsDown = steps.some((step) => step && "command" in step && step.command[1] === "shutdown")
    ? { shutsDown: true as const }
    : {};
  if (!steps.every((step) => step !== undefined)) return shutsDown;
  const lines = linesOf(steps, identity);
  if (lines.some((line) => line === undefined)) return shutsDown;
  const isWaiting = identity.kind in PROGRAMS && steps.some((step) => "option" in step);
  const node = identity.kind in PROGRAMS && identity.node !== undefined ? `on ${identity.node}` : "on any node";
  return {
    ...shutsDown,
    way: {
      kind: "put-back",
      title: `Put it back by hand, ${node}`,
      steps: lines.map((line): WayStep => ({ kind: "command", line: line! })),
      ...isWaiting
        ? { danger: "What a running guest cannot take at once waits for its next restart; nothing restarts it." }
        : {},
    },
  };
}

/** One line for all options, and one for each command. */
function linesOf(steps: HandStep[], identity: ObjectIdentity): (string | undefined)[] {
  const options = steps.flatMap((step) => "option" in step ? [step] : []);
  const commands = steps.flatMap((step) => "command" in step ? [step.command] : []);
  return [
    ...options.length === 0 ? [] : [settingLine(options, identity)],
    ...commands.map((command) => commandLine(command)),
  ];
}

function settingLine(options: { option: string; value: string | null }[], { kind, id }: ObjectIdentity) {
  if (Object.hasOwn(PROGRAMS, kind)) {
    const set = options.flatMap(({ option, value }) => value === null ? [] : [`--${option}`, value]);
    const removed = options.flatMap(({ option, value }) => value === null ? [option] : []);
    return commandLine([
      PROGRAMS[kind]!,
      "set",
      id,
      ...set,
      ...removed.length > 0 ? ["--delete", removed.join(",")] : [],
    ]);
  }
  if (!Object.hasOwn(PATHS, kind)) return undefined;
  return commandLine([
    "pvesh",
    "set",
    `${PATHS[kind]}/${id}`,
    ...options.flatMap(({ option, value }) => [`--${option}`, value ?? ""]),
  ]);
}
