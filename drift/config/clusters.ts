/**
 * The clusters of the second witness, and which of them an environment belongs to.
 *
 * @module
 */

import { resolve } from "node:path";
import { hintAt } from "../../lib/nearest.ts";
import { readEndpoint } from "../../lib/proxmox_endpoint.ts";
import { UsageError } from "../usage_error.ts";
import type { Cluster, Environment } from "./config.ts";
import type { Entries } from "./environments.ts";
import type { ClusterEntry, ProxmoxEntry } from "./proxmox_schema.ts";

type Entry = Pick<Exclude<Entries[string], false>, "proxmox">;

const ALONE = "proxmox", CREDENTIAL = "proxmox-token", VARIABLE = "PVE_DRIFT_PROXMOX_TOKEN";
const DAY = 24 * 60 * 60_000;

/** Every cluster that is configured, with the defaults. Paths are relative to `base`. */
export function clustersOf(proxmox: ProxmoxEntry | undefined, base: string): Cluster[] {
  if (!proxmox) return [];
  const { clusters, endpoint, ...alone } = proxmox;
  if (!clusters) {
    return [clusterOf(ALONE, { ...alone, endpoint: endpoint! }, base, { credential: CREDENTIAL, variable: VARIABLE })];
  }
  return Object.entries(clusters).map(([name, entry]) => {
    return clusterOf(name, entry, base, { credential: `${name}.${CREDENTIAL}` });
  });
}

function clusterOf(name: string, entry: ClusterEntry, base: string, token: Cluster["token"]): Cluster {
  const { endpoint, tokenFile, ca, fingerprint, timeout = 10_000, snapshotAge = 30 * DAY, ...rest } = entry;
  const {
    insecure = false,
    unmanaged = true,
    exclude = [],
    details = true,
    who = true,
    appliesAs = [],
    ha = "report",
  } = rest;
  return {
    name,
    endpoints: endpoint.map((address) => readEndpoint(address)!),
    token: tokenFile === undefined ? token : { ...token, file: resolve(base, tokenFile) },
    ...ca === undefined ? {} : { ca: resolve(base, ca) },
    ...fingerprint === undefined ? {} : { fingerprints: fingerprint },
    insecure,
    timeoutMs: timeout,
    unmanaged,
    exclude,
    details,
    snapshotAgeMs: snapshotAge,
    who,
    appliesAs,
    ha,
  };
}

/**
 * The environments, each with the cluster of its guests.
 *
 * @param entries What the file says of each.
 * @throws {UsageError} Where an entry names none of the clusters.
 */
export function withClusters(
  environments: Environment[],
  entries: Entries,
  clusters: readonly Cluster[],
): Environment[] {
  return environments.map((environment) => {
    const cluster = clusterFor(environment.name, entries[environment.name] || {}, clusters);
    return cluster ? { ...environment, cluster } : environment;
  });
}

function clusterFor(
  environment: string,
  { proxmox: named }: Entry,
  clusters: readonly Cluster[],
): Environment["cluster"] {
  if (named === false) return undefined;
  if (named === undefined) return clusters.length === 1 ? { name: clusters[0]!.name, isNamed: false } : undefined;
  const known = clusters.map(({ name }) => name);
  if (known.includes(named)) return { name: named, isNamed: true };
  const hint = known.length === 0
    ? 'no cluster is configured under "proxmox"'
    : `${hintAt(named, known)}known are ${known.map((name) => `"${name}"`).join(", ")}`;
  throw new UsageError(`Cannot use cluster "${named}" of environment "${environment}": ${hint}`);
}
