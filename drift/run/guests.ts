/**
 * The guests of one plan, for a second witness: which the environment claims, which the refresh found where, and which it
 * found no longer. Pure.
 *
 * @module
 */

import type { KnownDevices, Watch } from "../providers/provider.ts";
import { providerOf, providers } from "../providers/registry.ts";
import { type Connected, connectionsOf, endpointsOf } from "../terraform/connections.ts";
import type { Plan, PlannedObject } from "../terraform/plan.ts";
import {
  managedChanges,
  managedDrifts,
  type RefreshedObject,
  refreshedObjects,
  vanished,
} from "../terraform/plan_queries.ts";
import type { Messages, StreamObject } from "../terraform/stream.ts";
import { claimOf, type GuestClaim, guestKey } from "../witness/claims.ts";
import type { PlanInstallation } from "../witness/hearing.ts";
import type { Watched } from "../witness/seen.ts";

/** The guests of one plan. */
export interface PlanGuests {
  /** What state and pending creates claim. */
  claims: GuestClaim[];
  /** What the refresh found, by provider and endpoint. */
  installations: PlanInstallation[];
  /** The devices that Terraform knows of a guest, by resource address. */
  devices: ReadonlyMap<string, KnownDevices>;
  /** What besides guests the state holds; absent where no plan was read. */
  watched?: Watched;
}

/** What else is needed to tell them apart. */
export interface GuestContext {
  /** Variables of Terraform's environment. */
  variables: Readonly<Record<string, string>>;
  /** Whether the object of this address differs in power alone. */
  isPowerAlone: (address: string) => boolean;
}

/** Whether a message stream names every guest by its number: some resources it names otherwise. */
export function namesEveryGuest({ refreshed }: Messages): boolean {
  return [...refreshed].every(([address, { type, ...named }]) =>
    // Whatever provider it belongs to, it is a guest's type if a number makes a guest of it.
    !providers.guest(type, { id: "1", vmid: 1 }) || streamedClaim(address, { type, ...named })
  );
}

/** The guests of a plan, or where none was read, of its stream: that gives numbers, and neither names nor nodes. */
export function guestsOf(messages: Messages, plan: Plan | undefined, context: GuestContext): PlanGuests {
  const streamed = streamedClaims(messages);
  if (!plan) {
    const installations = streamed.length > 0 ? [{ refreshed: streamed, vanished: [], powers: [] }] : [];
    return { claims: streamed, installations, devices: new Map() };
  }
  const found = refreshedGuests(plan);
  const devices = found.flatMap(({ object, claim }): [string, KnownDevices][] => {
    const known = providers.devices(object, object.values);
    // Where one was taken out of a list, the others have moved up in it.
    const before = object.previous === undefined ? undefined : providers.devices(object, object.previous);
    return known ? [[claim.address, { ...known, names: [...new Set([...known.names, ...before?.names ?? []])] }]] : [];
  });
  return {
    claims: unlike([...plannedClaims(plan), ...streamed]),
    installations: installationsIn(plan, found, context),
    devices: new Map(devices),
    watched: watchedOf(refreshedObjects(plan).map(({ type, values }) => providers.watch(type, values))),
  };
}

/** Whether what is known to be watched covers every type that a message stream names. */
export function watchesAll({ refreshed }: Messages, watched: Watched | undefined): boolean {
  const { topics } = watchedOf([...refreshed.values()].map(({ type }) => providers.watch(type, undefined)));
  return watched !== undefined && topics.every((topic) => watched.topics.includes(topic));
}

function watchedOf(all: readonly (Watch | undefined)[]): Watched {
  const watches = all.filter((one) => one !== undefined);
  return {
    topics: [...new Set(watches.map(({ topic }) => topic))].sort(),
    firewalled: [...new Set(watches.flatMap(({ guest }) => guest ? [guestKey(guest)] : []))].sort(),
  };
}

/** The guests that a message stream names by their numbers. */
export function streamedClaims({ refreshed }: Messages): GuestClaim[] {
  return [...refreshed].flatMap(([address, object]) => streamedClaim(address, object) ?? []);
}

function streamedClaim(address: string, { type, idKey, idValue }: StreamObject): GuestClaim | undefined {
  return idKey === undefined ? undefined : claimOf(address, providers.guest(type, { [idKey]: idValue }));
}

/** A guest that the refresh found. */
interface FoundObject {
  object: RefreshedObject;
  claim: GuestClaim;
}

function installationsIn(plan: Plan, found: FoundObject[], context: GuestContext): PlanInstallation[] {
  const placeOf = placesOf(plan, context.variables);
  const lost = vanished(plan).map((object) => ({ object, claim: lastClaim(object) }));
  const all = [
    ...found.map(({ object, claim }) => ({ ...placeOf(object), claim, isLost: false })),
    ...lost.flatMap(({ object, claim }) => claim ? [{ ...placeOf(object), claim, isLost: true }] : []),
  ];
  return [...Map.groupBy(all, ({ key }) => key).values()].map((guests): PlanInstallation => {
    const [{ endpoint }] = guests as [typeof all[number]];
    const refreshed = guests.filter(({ isLost }) => !isLost).map(({ claim }) => claim);
    return {
      ...(endpoint === undefined ? {} : { endpoint }),
      refreshed,
      vanished: guests.filter(({ isLost }) => isLost).map(({ claim }) => claim),
      powers: refreshed.filter(({ address }) => context.isPowerAlone(address)),
    };
  });
}

/** The guests that the refresh found, and no data sources. */
function refreshedGuests(plan: Plan): FoundObject[] {
  const managed = new Set(managedChanges(plan).map(({ address }) => address));
  return refreshedObjects(plan).flatMap((object) => {
    const claim = managed.has(object.address)
      ? claimOf(object.address, providers.guest(object.type, object.values))
      : undefined;
    return claim ? [{ object, claim }] : [];
  });
}

/** What the last state says of an object. */
function lastClaim({ address, type, change }: PlannedObject): GuestClaim | undefined {
  return claimOf(address, providers.guest(type, change.before));
}

/** Every guest in the state, vanished and deposed ones included, and every one that the code asks for by number. */
function plannedClaims(plan: Plan): GuestClaim[] {
  return [...managedChanges(plan), ...managedDrifts(plan)].flatMap((object) => {
    const wanted = claimOf(object.address, providers.guest(object.type, object.change.after));
    return [lastClaim(object) ?? [], wanted ?? []].flat();
  });
}

/** One claim for each guest and address; the first one knows most. */
function unlike(claims: GuestClaim[]): GuestClaim[] {
  const seen = new Map<string, GuestClaim>();
  for (const one of claims) {
    const key = `${one.kind}/${one.id} ${one.address}`;
    if (!seen.has(key)) seen.set(key, one);
  }
  return [...seen.values()];
}

/** A function that says where an object's provider has it: a key for each installation, and its endpoint where that is known. */
function placesOf(
  plan: Plan,
  variables: Readonly<Record<string, string>>,
): (object: Connected) => { key: string; endpoint?: string } {
  const known = new Map<
    string,
    { endpoint: (object: Connected) => string | undefined; name: (object: Connected) => string }
  >();
  return (object) => {
    const source = object.provider_name ?? "", { endpoint: argument, endpointVariables } = providerOf(source);
    let of = known.get(source);
    if (!of) {
      const variable = endpointVariables.find((one) => variables[one]);
      const fromOutside = variable === undefined ? undefined : variables[variable];
      of = { endpoint: endpointsOf(plan, argument, fromOutside), name: connectionsOf(plan, argument) };
      known.set(source, of);
    }
    const endpoint = of.endpoint(object);
    return { key: `${source} ${endpoint ?? of.name(object)}`, ...(endpoint === undefined ? {} : { endpoint }) };
  };
}
