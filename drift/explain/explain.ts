/**
 * From a report to its explanations. Pure.
 *
 * @module
 */

import type { Change, CheckError, DriftReport, EnvironmentReport, UnmanagedGuest } from "../report.ts";
import { acceptChange, acceptGuest } from "./accept.ts";
import { adoptChange, adoptGuest, sameGuest } from "./adopt.ts";
import type { CodeAnswer } from "./code/code_answer.ts";
import type { Explanation, Subject, Way } from "./explanation.ts";
import { commandLine } from "./line.ts";
import { keep } from "./keep.ts";
import { putBack } from "./put_back.ts";
import type { Workplace } from "./workplace.ts";

/** What explaining needs besides the report. */
export interface ExplainDeps {
  /** How Terraform is run in an environment. */
  workplaceOf: (environment: EnvironmentReport) => Workplace;
  /** What the code says of a change; absent where nobody looks. */
  codeOf?: (environment: EnvironmentReport, change: Change) => CodeAnswer | undefined;
  /** The environments whose guests are a cluster's. */
  environmentsOf: (cluster: string) => readonly EnvironmentReport[];
}

/** Everything in a report that somebody has to decide about: errors and differences by environment, then strangers. */
export function subjectsOf({ environments, proxmox = [] }: DriftReport): Subject[] {
  return [
    ...environments.filter(({ skipped }) => !skipped).flatMap(({ name, error, changes }): Subject[] => [
      ...error ? [{ kind: "error" as const, environment: name, error }] : [],
      ...changes.map((change) => ({ kind: "change" as const, environment: name, change })),
    ]),
    ...proxmox.flatMap(({ cluster, unmanaged }) =>
      unmanaged.map((guest): Subject => ({ kind: "guest", cluster, guest }))
    ),
  ];
}

/** What people type to ask about a finding; undefined of an error. */
export function addressOf(subject: Subject): string | undefined {
  switch (subject.kind) {
    case "change":
      return subject.change.address;
    case "guest":
      return `${subject.guest.type}/${subject.guest.id}`;
    case "error":
      return undefined;
  }
}

/** Says of a finding of a report what can be done about it. */
export function explain(subject: Subject, report: DriftReport, deps: ExplainDeps): Explanation {
  const address = addressOf(subject);
  const named = { subject, ...(address === undefined ? {} : { address }) };
  if (subject.kind === "guest") return { ...named, ways: guestWays(subject.guest, subject.cluster, deps) };
  const environment = report.environments.find(({ name }) => name === subject.environment)!;
  if (subject.kind === "error") return { ...named, ways: [repair(subject.error, environment)] };
  const { change } = subject, place = deps.workplaceOf(environment);
  if (environment.error && isUnproven(change)) return { ...named, ways: [repair(environment.error, environment)] };
  const code = deps.codeOf?.(environment, change);
  return {
    ...named,
    ...(code ? { code } : {}),
    ways: [
      ...sameGuest(change, place),
      ...putBack(change, place),
      ...keep(change, environment.name, code),
      ...adoptChange(change, environment.changes, place),
      ...acceptChange(change, environment.name),
    ],
  };
}

/** Whether it may only have been out of sight: an apply would then make a second one, or lose the one that is there. */
function isUnproven({ action, origin, witness }: Change): boolean {
  return action === "create" && origin !== "pending" && witness?.found !== "deleted" && witness?.found !== "moved";
}

function guestWays(guest: UnmanagedGuest, cluster: string, { workplaceOf, environmentsOf }: ExplainDeps): Way[] {
  const places = environmentsOf(cluster).map((one) => ({
    place: workplaceOf(one),
    providers: Object.keys(one.providers),
  }));
  return [...adoptGuest(guest, places), acceptGuest(guest)];
}

function repair({ class: cls, cure }: CheckError, { name }: EnvironmentReport): Way {
  const line = commandLine(["pve-drift", "doctor", "--env", name])!;
  return {
    kind: "repair",
    title: "Let the check work again",
    steps: [
      { kind: "text", text: cure },
      { kind: "command", line },
      { kind: "text", text: `The handbook has more: docs/DRIFT-DETECTION.md#${cls}` },
    ],
  };
}
