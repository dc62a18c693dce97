/**
 * The providers that something is known of, by source address. Adding one is a folder and a row here.
 *
 * @module
 */

import type { Change, ObjectIdentity } from "../report.ts";
import { connectionsOf } from "../terraform/connections.ts";
import type { Plan, PlannedObject } from "../terraform/plan.ts";
import { managedDrifts, refreshedObjects, vanished } from "../terraform/plan_queries.ts";
import type { Entry } from "../verdict/entry.ts";
import { generic } from "./generic.ts";
import { isAlwaysSame } from "./noise_shapes.ts";
import type { Contradiction, Identity, KnownDevices, KnownList, Provider, Trail, Watch } from "./provider.ts";
import { proxmox } from "./proxmox/proxmox.ts";
import { telmate } from "./telmate/telmate.ts";

/**
 * By namespace and name, in small letters as Terraform writes them. The host is the registry's, or a mirror's: no matter
 * which. A row gives what is special about its provider; for the rest it is treated like any other.
 */
const KNOWN: ReadonlyMap<string, Provider> = new Map(
  Object.entries<Partial<Provider>>({
    "bpg/proxmox": proxmox,
    "telmate/proxmox": telmate,
  }).map(([source, known]) => [source, { ...generic, ...known }]),
);

/**
 * What is known of a provider, by its source address, as `registry.terraform.io/bpg/proxmox`. Never by the prefix of a
 * type: other providers have types that begin alike.
 */
export function providerOf(source = ""): Provider {
  let provider = answers.get(source);
  if (!provider) {
    provider = KNOWN.get(providerName(source)) ?? generic;
    answers.set(source, provider);
  }
  return provider;
}

/** Namespace and name of a provider in small letters, as `bpg/proxmox`, whatever registry its source names. */
export function providerName(source: string): string {
  return source.toLowerCase().split("/").slice(-2).join("/");
}

/** By source: it is asked for each value of a large plan, which names few providers. */
const answers = new Map<string, Provider>();

function isSameTo({ sameValues, noise }: Provider, type: string, path: string, expected: unknown, found: unknown) {
  return sameValues.some((rule) => rule.matches(type, path) && rule.isSame(expected, found)) ||
    noise.some((row) => isAlwaysSame(row, type, path, expected, found));
}

/** Which provider an object belongs to, and its type in it. */
type Owned = { type?: string; provider_name?: string };

/** What the providers of a plan's objects know, each asked about its own. */
export const providers = {
  /** What a person calls an object. */
  label: (object: PlannedObject, drift?: PlannedObject): string | undefined =>
    providerOf(object.provider_name).label(object, drift) ?? generic.label(object, drift),

  /** What Proxmox calls the thing behind an object, as it is, or as it was, or as the code wants it: whichever there is. */
  identity: ({ type, provider_name, change }: PlannedObject, drift?: PlannedObject): ObjectIdentity | undefined => {
    const found = providerOf(provider_name).identity(type, change.before ?? drift?.change.before ?? change.after);
    return found && { kind: found.kind, id: found.id, ...(found.node === undefined ? {} : { node: found.node }) };
  },

  /** In plain words, what a bare change hides. */
  note: (entry: Entry, change: Change): string | undefined =>
    providerOf(entry.object.provider_name).note(entry, change),

  /** Whether two values of an attribute that differ are the same to the provider. */
  isSame: ({ type, provider_name }: Owned, path: string, expected: unknown, found: unknown): boolean =>
    isSameTo(providerOf(provider_name), type ?? "", path, expected, found),

  /** What is known of a list of objects. */
  listRule: ({ type, provider_name }: Owned, path: string): KnownList | undefined =>
    providerOf(provider_name).lists.find((list) => list.matches(type ?? "", path)),

  /** Names of the object's attributes that hold secrets without looking like it. */
  secretNames: ({ type, provider_name }: Owned): readonly string[] => providerOf(provider_name).secretNames(type ?? ""),

  /** What the plan claims of an object, and others of the same installation speak against. */
  contradictions: (plan: Plan): Contradiction[] => {
    if (managedDrifts(plan).length === 0) return [];
    const lost = vanished(plan), found = refreshedObjects(plan);
    const all = new Set([...lost, ...found].map(({ provider_name }) => providerOf(provider_name)));
    return [...all].flatMap((provider) => {
      const own = ({ provider_name }: Owned) => providerOf(provider_name) === provider;
      const connection = connectionsOf(plan, provider.endpoint);
      const refreshed = Map.groupBy(found.filter(own), connection);
      const gone = Map.groupBy(lost.filter(own), connection);
      return [...new Set([...refreshed.keys(), ...gone.keys()])].flatMap((one) =>
        provider.contradictions({ vanished: gone.get(one) ?? [], refreshed: refreshed.get(one) ?? [] })
      );
    });
  },

  /**
   * The guest of Proxmox behind an object of this type. Every provider that is known is asked: a fork's guests are guests
   * too, and whoever claims one keeps it from being called a stranger.
   */
  guest: (type: string, values: unknown): Identity | undefined => {
    for (const { identity } of KNOWN.values()) {
      const found = identity(type, values);
      if (found?.kind === "qemu" || found?.kind === "lxc") return found;
    }
    return undefined;
  },

  /** The devices that Terraform knows of the guest behind an object. */
  devices: ({ type, provider_name }: Owned, values: unknown): KnownDevices | undefined =>
    providerOf(provider_name).devices(type ?? "", values),

  /** What must be asked besides guests to notice a change of an object like this one, by any provider that is known. */
  watch: (type: string, values: unknown): Watch | undefined => {
    for (const { watch } of KNOWN.values()) {
      const found = watch(type, values);
      if (found) return found;
    }
    return undefined;
  },

  /** Whether a change is one of power alone: a backup in stop mode or a restart by HA may be at work. */
  isPowerAlone: ({ type, provider, action, attributes }: Change): boolean =>
    action === "update" && attributes.length > 0 &&
    attributes.every(({ path }) => providerOf(provider).isPower(type, path)),

  /** Whether a change says nothing but that a guest is on another node. */
  isMove: ({ type, provider, attributes }: Change): boolean =>
    attributes.length > 0 &&
    attributes.every(({ path }) => providerOf(provider).trail(type, path)?.about === "node"),

  /** What the other side records when an object of this type and provider is changed by hand, or one of its attributes. */
  trail: (type: string, provider: string, path?: string): Trail | undefined => providerOf(provider).trail(type, path),

  /** What every one of them says when something fails: a failure can come up before there is a plan that names providers. */
  failures: [...KNOWN.values()].map(({ failures }) => failures),
};
