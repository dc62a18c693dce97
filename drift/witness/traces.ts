/**
 * Who may have made a change: what Proxmox recorded about the guest since the last verdict. Nothing here is proof. A record
 * says what somebody asked for, and where several fit, all are told. Of a line of the log only the names of options are
 * read: their values may be secrets. Pure.
 *
 * @module
 */

import type { LogLine, Task } from "../../lib/proxmox_api/types.ts";
import type { Trail } from "../providers/provider.ts";
import type { Trace } from "../report.ts";
import type { GuestClaim } from "./claims.ts";
import { isOption, isText } from "./options.ts";

/** What Proxmox recorded. */
export interface Records {
  /** Tasks of all nodes that answered. */
  tasks: readonly Task[];
  /** Lines of the cluster log. */
  lines: readonly LogLine[];
  /** By how much the cluster's clock is ahead of ours, in milliseconds. */
  clockAheadMs: number;
  /** What is read to the end: where a record is missing there, there is none. */
  isWhole: { tasks: boolean; log: boolean };
}

/** A change that somebody may have made. */
export interface Question {
  /** The guest that changed. */
  guest: Pick<GuestClaim, "kind" | "id">;
  /** What a record of it would be about, one for each attribute. */
  trails: readonly Trail[];
  /** When the last plan began that did not show it, in milliseconds since 1970. */
  since: number;
  /** HA manages the guest: nobody else moves it. */
  isManagedByHa?: boolean;
}

type About = Trail["about"];

/** Tasks that can lead to a difference: in plain words what was asked for, and what differs then. */
const TASKS: ReadonlyMap<string, [what: string, ...abouts: About[]]> = new Map(Object.entries({
  qmcreate: ["created", "existence", "config", "power"],
  vzcreate: ["created", "existence", "config", "power"],
  qmrestore: ["restored from a backup", "existence", "config", "power"],
  vzrestore: ["restored from a backup", "existence", "config", "power"],
  qmdestroy: ["destroyed", "existence"],
  vzdestroy: ["destroyed", "existence"],
  qmigrate: ["migrated", "node", "existence"],
  vzmigrate: ["migrated", "node", "existence"],
  hamigrate: ["moved by HA, asked for", "node", "existence"],
  qmstart: ["started", "power"],
  vzstart: ["started", "power"],
  hastart: ["started by HA", "power"],
  qmstop: ["stopped", "power"],
  vzstop: ["stopped", "power"],
  hastop: ["stopped by HA", "power"],
  qmshutdown: ["shut down", "power"],
  vzshutdown: ["shut down", "power"],
  qmreboot: ["rebooted", "power"],
  vzreboot: ["rebooted", "power"],
  qmsuspend: ["suspended", "power"],
  vzsuspend: ["suspended", "power"],
  qmresume: ["resumed", "power"],
  vzresume: ["resumed", "power"],
  vzdump: ["backed up", "power"],
  qmconfig: ["changed", "config"],
  vzupdate: ["changed", "config"],
  qmrollback: ["rolled back to a snapshot", "config", "power"],
  vzrollback: ["rolled back to a snapshot", "config", "power"],
  qmtemplate: ["turned into a template", "config"],
  vztemplate: ["turned into a template", "config"],
  qmmove: ["disk moved", "config"],
  move_volume: ["disk moved", "config"],
  resize: ["disk resized", "config"],
  imgdel: ["disk deleted", "config"],
}));

/** A log line and the task that wrote it too are this near, in seconds. */
const SAME_REQUEST_S = 3;
/** A record may be this much older than the plan that did not show it: times in it are whole seconds. */
const SLACK_MS = 2_000;

/** The records that may have led to a change, the oldest first. `appliesAs` are the token ids that apply Terraform's plans. */
export function tracesOf(
  { guest, trails, since, isManagedByHa = false }: Question,
  { tasks, lines, clockAheadMs }: Records,
  appliesAs: readonly string[],
): Trace[] {
  const ours = (seconds: number) => seconds * 1000 - clockAheadMs;
  const isRecent = (seconds: number) => ours(seconds) >= since - SLACK_MS;
  const trace = (seconds: number, user: string, what: string, source: Trace["source"], options?: string[]) => ({
    at: new Date(ours(seconds)).toISOString(),
    user,
    what,
    ...(options && options.length > 0 ? { options } : {}),
    source,
    byTerraform: appliesAs.includes(user),
  });
  // Both lists begin with the newest, and within a second nothing else tells which came first.
  const updates = lines.toReversed().flatMap(({ time, user, msg }) => {
    const update = updateIn(msg);
    if (!update || !isRecent(time) || guest.kind !== "qemu" || update.id !== guest.id) return [];
    return [{ time, user, ...update }];
  });
  const said = updates.filter((update) => mayChange(trails, update));
  const done = tasks.toReversed().filter((task) => {
    const abouts = TASKS.get(task.type)?.slice(1) ?? [];
    return isRecent(task.endtime ?? task.starttime) && isAbout(task, guest) &&
      trails.some(({ about }) => abouts.includes(about)) &&
      // What the web interface sends stands in the log with its options.
      !(task.type === "qmconfig" &&
        updates.some(({ time, user }) => user === task.user && Math.abs(time - task.starttime) <= SAME_REQUEST_S));
  });
  return [
    ...said.map(({ time, user, options }) => trace(time, user, "changed", "log", options)),
    // Each node has a list of its own.
    ...withoutAnswers(done.toSorted((a, b) => a.starttime - b.starttime)).map((task) => ({
      ...trace(task.starttime, task.user, whatOf(task), "task"),
      ...(isManagedByHa && isMoveOfHa(task) ? { what: `moved${failureOf(task)}`, byHa: true as const } : {}),
    })),
  ].sort((one, other) => one.at < other.at ? -1 : one.at > other.at ? 1 : 0);
}

/** Whether all records that can be of a change were read: only then does it say something that there is none. */
export function isAllRead(trails: readonly Trail[], { isWhole: { tasks, log } }: Records): boolean {
  return tasks && (log || trails.every(({ about }) => about !== "config"));
}

/** Whether Proxmox may have changed it without a record, so that none is no sign of anything. */
export function mayLackAuthor(trails: readonly Trail[]): boolean {
  return trails.some(({ isRecorded }) => !isRecorded);
}

/** Whether a request can be of the change: not where all that differs is held by options that it does not name. */
function mayChange(trails: readonly Trail[], { options, isWhole }: Update): boolean {
  const config = trails.filter(({ about }) => about === "config");
  return config.some((trail) =>
    trail.options === undefined || !isWhole || options.some((option) => trail.options!.test(option))
  );
}

function isAbout({ id, type }: Task, guest: Question["guest"]): boolean {
  // The id of a deleted disk is `102@local-lvm`.
  return id === `${guest.id}` || (type === "imgdel" && id.startsWith(`${guest.id}@`));
}

function whatOf(task: Task): string {
  const [what] = TASKS.get(task.type)!;
  return what + failureOf(task);
}

function failureOf({ status }: Task): string {
  return status === undefined || /^(?:OK|WARNINGS|unexpected status)/.test(status) ? "" : ", which failed";
}

/** The user that HA's agents on the nodes run tasks as. */
const HA_AGENT = "root@pam";

/** Whether a task is one that HA's agent runs to move a guest; a person who is root writes the same of a guest that HA does not manage. */
function isMoveOfHa({ type, user }: Task): boolean {
  return (type === "qmigrate" || type === "vzmigrate") && user === HA_AGENT;
}

/** Without the moves by which HA did what somebody had asked it for: the request names the person. The oldest come first. */
function withoutAnswers(tasks: readonly Task[]): Task[] {
  let asked = 0;
  return tasks.filter((task) => {
    if (task.type === "hamigrate") asked++;
    const isAnswer = asked > 0 && isMoveOfHa(task);
    if (isAnswer) asked--;
    return !isAnswer;
  });
}

/** What a request to change a VM named. */
interface Update {
  /** Proxmox's number of the VM. */
  id: number;
  /** Names of options. */
  options: string[];
  /** False where there may be others. */
  isWhole: boolean;
}

/**
 * The VM and the options in `update VM 101: -cores 4 -delete tags -memory 4096`. Proxmox writes values as they are: after one
 * that is text, as a description, nothing can be told from it any more.
 */
function updateIn(line: string): Update | undefined {
  const [, id, rest] = /^update VM (\d+): (.*)$/s.exec(line) ?? [];
  if (id === undefined || rest === undefined) return undefined;
  // Before version 8, a disk that is resized is no task.
  const resized = /^resize --disk ([a-z]+\d+) /.exec(rest)?.[1];
  if (resized !== undefined) return { id: Number(id), options: [resized].filter(isOption), isWhole: true };
  const options: string[] = [];
  for (const [, name = "", value = ""] of rest.matchAll(/(?:^|\s)-([a-z]\w*)(?: (?!-)(\S*))?/g)) {
    options.push(...["delete", "revert"].includes(name) ? value.split(/[,;]/) : [name]);
    if (isText(name)) return { id: Number(id), options: known(options), isWhole: false };
  }
  return { id: Number(id), options: known(options), isWhole: options.some(isOption) };
}

function known(names: string[]): string[] {
  return names.filter(isOption).sort();
}
