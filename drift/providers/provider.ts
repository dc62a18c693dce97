/**
 * What can be known of a Terraform provider: one value per provider, chosen by its source address. Everything else in the
 * program treats all providers alike.
 *
 * @module
 */

import type { AttributeChange, Change, ObjectIdentity } from "../report.ts";
import type { LoginVariable } from "../terraform/login.ts";
import type { PlannedObject } from "../terraform/plan.ts";
import type { RefreshedObject } from "../terraform/plan_queries.ts";
import type { Entry } from "../verdict/entry.ts";
import type { FailureKnowledge } from "../verdict/failures.ts";

/** What is known of one provider. Every function is pure, and is asked about the provider's own objects alone. */
export interface Provider {
  /** What a person calls an object: `VM 101 "web" on pve1`. */
  label(object: PlannedObject, drift?: PlannedObject): string | undefined;
  /** In plain words, what a bare change hides; undefined where it speaks for itself. */
  note(entry: Entry, change: Change): string | undefined;
  /** Values that the provider writes differently and that are the same. */
  sameValues: readonly SameValues[];
  /** The provider's part of the catalogue of noise. */
  noise: readonly NoiseRow[];
  /** Lists of objects that do not go by position. */
  lists: readonly KnownList[];
  /** Names of attributes that hold secrets in objects of this type, though they do not say it. */
  secretNames(type: string): readonly string[];
  /** The argument of the provider block that says which installation it speaks to. */
  endpoint: string;
  /** Variables that say it where the block does not, the best first. */
  endpointVariables: readonly string[];
  /** What the plan's own objects say against what it claims of others; all of them are of one installation. */
  contradictions(objects: OwnObjects): Contradiction[];
  /** The thing behind an object, as the other side's API names it; undefined where there is none, or it is not known. */
  identity(type: string, values: unknown): Identity | undefined;
  /** The devices of a guest that an object stands for; undefined where it is none. */
  devices(type: string, values: unknown): KnownDevices | undefined;
  /** What the other side records when an attribute is changed by hand, or without `path` the whole object. */
  trail(type: string, path?: string): Trail | undefined;
  /**
   * What must be asked besides guests to notice that an object like this was changed; undefined where the guests tell, or
   * nothing can be asked.
   */
  watch(type: string, values: unknown): Watch | undefined;
  /** Whether an attribute says nothing but that a guest runs: backups and restarts by HA change it for a while. */
  isPower(type: string, path: string): boolean;
  /** The variables by which it logs in, where no code says how. */
  login: readonly LoginVariable[];
  /** What it says when something fails, and what to do about it. */
  failures: FailureKnowledge;
}

/** Two values that the provider writes differently and that are the same: they tell who made a change, and hide none. */
export interface SameValues {
  /** Which attributes, by resource type and path (`memory[0].dedicated`). */
  matches(type: string, path: string): boolean;
  /** Whether what the code wants and what the state has are the same. */
  isSame(expected: unknown, found: unknown): boolean;
}

/** A habit of the provider, or of the server behind it, by which values differ though nothing does. */
export interface NoiseRow {
  /** Unique among all providers, and stable: a configuration leaves the row out by this name. */
  name: string;
  /** Resource types, under every name that they go by. */
  types: readonly string[];
  /** Attributes by their paths, `*` for anything; never a whole block, but for one all of whose values say that there is none. */
  paths: readonly string[];
  /** Which differences of these attributes are noise. */
  shape: NoiseShape;
  /** What other attributes of the object must be in reality; `false` for what it does not have, too. */
  where?: Readonly<Record<string, unknown>>;
  /** The first version of the provider with this habit. A row with a version applies where the version is known alone. */
  since?: string;
  /** The first version without it. */
  until?: string;
  /** Where it is discussed, as `bpg#1851`; absent where it was read in the source alone. */
  issue?: string;
  /** Why it is noise, as a clause in plain words. */
  reason: string;
}

/**
 * Which differences are noise:
 *
 * - `words`: the same set of words in another order or case, as a list or as one text that separates them by `,` or `;`
 * - `text`: the same text but for its line ends and the white space after it
 * - `case`: the same text in another case
 * - `{ absent }`: null and this value
 * - `{ absentOr }`: null and one of these values
 * - `computed`: whatever the provider finds in an attribute that no code can set, where the plan does not act on it
 * - `unknown`: what only an apply can tell of such an attribute, in an update that nothing else is planned for
 */
export type NoiseShape =
  | "words"
  | "text"
  | "case"
  | { absent: unknown }
  | { absentOr: readonly unknown[] }
  | "computed"
  | "unknown";

/** What is known of a list of objects. */
export interface KnownList {
  /** Which lists, by resource type and path. */
  matches(type: string, path: string): boolean;
  /** Its order means nothing. */
  isUnordered: boolean;
  /** Attributes that tell an entry from others, as far as it has them. */
  key: readonly string[];
  /** An attribute that says nothing but the entry's position. */
  position?: string;
  /** What people call one, and several: `["rule", "rules"]`; else `entry`. */
  nouns?: readonly [string, string];
}

/** A claim of the plan that something else in it speaks against. */
export interface Contradiction {
  /** The object that the claim is about. */
  address: string;
  /** The claim about one or several, after their number: `guest(s) look deleted, but Proxmox still knows them`. */
  claim: string;
  /** What speaks against it. */
  why: string;
}

/** A provider's objects in one plan, of one installation. */
export interface OwnObjects {
  /** In the state and not found, as the last state had them. */
  vanished: PlannedObject[];
  /** As the refresh found them, data sources included. */
  refreshed: RefreshedObject[];
}

/** A thing by its name in the API behind a provider, as `{ kind: "qemu", id: "101", name: "web", node: "pve1" }`. */
export interface Identity {
  /** Proxmox's own word: `qemu`, `lxc`, `pool`, `storage`, … */
  kind: string;
  /** Unique within the kind. */
  id: string;
  /** What it is called besides, where that is something else. */
  name?: string;
  /** Where the state has it; absent where it belongs to no node. */
  node?: string;
}

/** What can be done about a finding, beyond an apply. Asked by `explain` alone, so that a check loads nothing of it. */
export interface Remedies {
  /** How a difference is undone by hand; undefined where no way is known. */
  byHand(type: string, difference: Difference, identity: ObjectIdentity): HandStep | undefined;
  /** Whether an apply that changes an attribute may restart the guest. */
  mayRestart(type: string, path: string): boolean;
  /** What an import calls a thing, and the type that it can become; undefined where it imports none of the kind. */
  importOf(identity: ObjectIdentity): { type: string; id: string } | undefined;
}

/** One attribute that differs, as a report has it. */
export type Difference = Pick<AttributeChange, "path" | "expected" | "actual">;

/** What undoes a difference by hand. */
export type HandStep =
  /** An option of the thing's configuration; null removes it. */
  | { option: string; value: string | null }
  /** A command of its own, by its words. */
  | { command: readonly string[] }
  /** Neither a hand nor an apply can undo it, and why: a clause. */
  | { impossible: string };

/** A part of Proxmox's configuration that objects of some types stand for. */
export type WatchTopic = "firewall" | "pools" | "access" | "storage" | "ha" | "backup" | "network";

/** What is asked to notice a change. */
export interface Watch {
  /** The part of the configuration. */
  topic: WatchTopic;
  /** The guest that it is about; absent where that is the cluster, a node, or not known. */
  guest?: { kind: "qemu" | "lxc"; id: number };
}

/** The devices of a guest that Terraform knows. */
export interface KnownDevices {
  /** Proxmox's names, as `scsi0`, `net0`; `cloudinit` for a drive with cloud-init's settings, wherever it is plugged in. */
  names: string[];
  /** Whether there should be no others: not where the guest was cloned, and a template may have brought some. */
  isWhole: boolean;
}

/** What Proxmox records of a change by hand, and of which kind the record is. */
export interface Trail {
  /** A guest that came or went, was moved, was started or stopped, or was changed otherwise. */
  about: "existence" | "node" | "power" | "config";
  /** The options that a record of the change names, where that is known. */
  options?: RegExp;
  /** Whether there is a record of every such change. */
  isRecorded: boolean;
}
