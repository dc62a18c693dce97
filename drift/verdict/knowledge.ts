/**
 * What a verdict needs to know of the providers that a plan's objects belong to. It comes in as functions.
 *
 * @module
 */

import { isSecretName } from "../../lib/secret_names.ts";
import type { Change, ObjectIdentity } from "../report.ts";
import type { Plan, PlannedObject } from "../terraform/plan.ts";
import type { ListRule } from "./entries.ts";
import type { Entry } from "./entry.ts";
import type { FailureKnowledge } from "./failures.ts";
import type { SecretName } from "./marks.ts";

/** Which provider an object belongs to, and its type in it. */
export type Owned = { type?: string; provider_name?: string };

/** A claim of the plan that something else in it speaks against. */
export interface Contradiction {
  /** The object that the claim is about. */
  address: string;
  /** The claim about one or several, after their number: `guest(s) look deleted, but Proxmox still knows them`. */
  claim: string;
  /** What speaks against it. */
  why: string;
}

/** What the verdict asks of providers. Each function looks at the object's provider itself. */
export interface ProviderKnowledge {
  /** What a person calls an object: `VM 101 "web" on pve1`. */
  label(object: PlannedObject, drift?: PlannedObject): string | undefined;
  /** What Proxmox calls the thing behind an object. */
  identity(object: PlannedObject, drift?: PlannedObject): ObjectIdentity | undefined;
  /** In plain words, what a bare change hides; undefined where it speaks for itself. */
  note(entry: Entry, change: Change): string | undefined;
  /** Whether two values of an attribute that differ are the same to the provider. */
  isSame(object: PlannedObject, path: string, expected: unknown, found: unknown): boolean;
  /** Whether a change says nothing but that a guest is on another node. */
  isMove(change: Change): boolean;
  /** What is known of a list of objects in it; undefined where nothing is. */
  listRule(object: Owned, path: string): ListRule | undefined;
  /** Names of the object's attributes that hold secrets without looking like it. */
  secretNames(object: Owned): readonly string[];
  /** What the plan claims of an object, and something else in it speaks against. */
  contradictions(plan: Plan): Contradiction[];
  /** What providers say when something fails, and what to do about it. */
  failures: readonly FailureKnowledge[];
}

/** The attribute names that hold secrets in an object: everybody's, and its provider's own. */
export function secretNamesOf(
  object: Owned,
  providers: ProviderKnowledge,
): SecretName {
  const own = providers.secretNames(object);
  return own.length === 0 ? isSecretName : (name) => isSecretName(name) || own.includes(name);
}
