/**
 * What a run goes by, once everything is read: types alone.
 *
 * @module
 */

import type { Access } from "../../lib/proxmox_api/access.ts";
import type { SinkEntry } from "../../sinks/load.ts";
import type { PassedOver } from "./discovery.ts";
import type { ClusterEntry } from "./proxmox_schema.ts";
import type { AcceptRule } from "./schema.ts";
import type { Shard } from "./shard.ts";

/** One Terraform root module to check. */
export interface Environment {
  /** What people call it: in reports, file names and labels. */
  name: string;
  /** Absolute path. Nothing says that it exists. */
  dir: string;
  /** Absolute paths. */
  varFiles: string[];
  /** Absolute paths of files, or `key=value`. */
  backendConfig: string[];
  /** Absent where the configuration names none. */
  workspace?: string;
  /** Milliseconds. */
  timeoutMs: number;
  /** Its own program: an absolute path, or a name on the PATH. */
  bin?: string;
  /** Variables of its own, secrets among them once its file is read. */
  env?: Record<string, string>;
  /** Absolute path of a file with more of them. */
  envFile?: string;
  /** The cluster of its guests, and whether its own entry names it; absent where it has none. */
  cluster?: { name: string; isNamed: boolean };
}

/** A cluster that the second witness speaks about, and how it is asked. */
export interface Cluster extends Access {
  /** `proxmox` where there is one alone. */
  name: string;
  /** Guests that no state knows are listed. */
  unmanaged: boolean;
  /** What is meant to be beyond Terraform. */
  exclude: NonNullable<ClusterEntry["exclude"]>;
  /** Each managed guest is looked at. */
  details: boolean;
  /** How old a snapshot may be, in milliseconds. */
  snapshotAgeMs: number;
  /** Proxmox's logs are asked who asked for a change. */
  who: boolean;
  /** Ids of the tokens by which Terraform applies. */
  appliesAs: string[];
  /** Whether messages tell of moves of guests that HA manages. */
  ha: "report" | "expected";
}

/** How terraform is run in every environment. */
export interface TerraformSettings {
  /** Absolute path; a bare name only where PATH has no such program. */
  bin: string;
  /** Which plans take the state's lock: those that confirm new drift, none, or all. */
  lock: "confirm" | "none" | "always";
  /** How long such a plan waits for the lock, in milliseconds. */
  lockTimeoutMs: number;
  /** How long after the first plan one follows that confirms a difference in power alone, in milliseconds. */
  confirmPowerAfterMs: number;
  /** Objects read at a time. */
  parallelism: number;
  /** Variables besides the inherited ones. */
  env: Record<string, string>;
}

/** What was seen where no environment was found. */
export interface Nearby {
  /** The folder that was looked in, in the words of whoever named it; absent where nobody did and there is none. */
  where?: string;
  /** Clauses that say what was seen. */
  seen: string[];
  /** What to do, where it is plain. */
  cure?: string;
}

/** What a run goes by. Times are milliseconds, paths absolute. */
export interface Config {
  /** The configuration file, where there is one. */
  file?: string;
  /** The folder at and below which the environments are. */
  root: string;
  /** Every environment there is, in the file's order or sorted by name; those of the shard where there is one. */
  environments: Environment[];
  /** The share that this run takes, and the names of the environments of all others. */
  shard?: Shard & { others: string[] };
  /** Folders at and below root that look like an environment and are none. */
  passedOver: PassedOver[];
  /** What was seen near by; only where there is no environment at all. */
  nearby?: Nearby;
  /** Absolute paths of files of values and backends, those of other shards' environments included. */
  secretFiles: string[];
  /** The same of files of variables (`envFile`). */
  envFiles: string[];
  /** How terraform is run. */
  terraform: TerraformSettings;
  /** Environments at a time. */
  concurrency: number;
  /** The most time for all checks together. */
  runTimeoutMs: number;
  /** With looks, a plan is made at least so often, in milliseconds. */
  planAtLeastMs: number;
  /** Whether values of attributes are shown at all. */
  values: "show" | "hide";
  /** Need not exist yet. */
  stateDir: string;
  /** In the order of delivery. */
  sinks: SinkEntry[];
  /** In the file's order. */
  accept: AcceptRule[];
  /** Whether the catalogue of noise applies; a list: all of it but the rows of these names. */
  noise: boolean | readonly string[];
  /** Those that a second witness speaks about, in the file's order. */
  clusters: Cluster[];
}

/** What of the process and the machine a configuration depends on. */
export interface Host {
  /** Absolute working directory. */
  cwd: string;
  /** Environment variables. */
  env: Record<string, string>;
  /** The caller's user number. */
  uid: number;
  /** Processor cores. */
  cores: number;
  /** Folders of the system; only tests have others than `/etc/pve-drift` and `/var/lib/pve-drift`. */
  system?: { config: string; state: string };
}
