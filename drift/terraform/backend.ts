/**
 * Where an environment's state is kept, and whether the folder was initialized for another place.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { maskUrlCredentials } from "../../lib/url_credentials.ts";

/** What of an environment tells where its state is. */
export interface StatePlace {
  /** Absolute path of its folder. */
  dir: string;
  /** `default` where absent. */
  workspace?: string;
}

/** Terraform's data directory (`TF_DATA_DIR`) of an environment: ours, below the state directory. */
export function dataDirOf(stateDir: string, environment: string): string {
  return join(stateDir, "environments", environment, "terraform");
}

/** Settings of all backends that say where a state is. */
const PLACE = [
  ...[
    "bucket",
    "key",
    "path",
    "workspace_dir",
    "prefix",
    "workspace_key_prefix",
    "address",
    "hostname",
    "organization",
  ],
  ...["resource_group_name", "storage_account_name", "container_name", "conn_str", "schema_name"],
  ...["namespace", "secret_suffix", "tablestore_table"],
];

/** Variables in which backends read such a setting too. */
const VARIABLES: Record<string, string[]> = {
  address: ["TF_HTTP_ADDRESS", "CONSUL_HTTP_ADDR"],
  conn_str: ["PG_CONN_STR", "PGHOST", "PGDATABASE"],
  hostname: ["TF_CLOUD_HOSTNAME"],
  namespace: ["KUBE_NAMESPACE"],
  organization: ["TF_CLOUD_ORGANIZATION"],
  schema_name: ["PG_SCHEMA_NAME"],
};

/** Where a state is kept; without credentials. */
export interface StateAt {
  /** The backend's type. */
  backend: string;
  /** In words, as `backend "s3", bucket "b", key "k", workspace "default"`. */
  text: string;
  /** What tells it from other states: the words, and of a local one the environment's folder as configured. */
  identity: string;
}

/** Where the state of an environment is kept. */
export async function stateAt({ dir, workspace = "default" }: StatePlace, dataDir: string): Promise<StateAt> {
  const { type = "local", config = {} } = await backendOf(dataDir).catch(() => undefined) ?? {};
  const isLocal = type === "local";
  const settings = isLocal ? { ...config, path: resolve(dir, text(config.path) ?? "terraform.tfstate") } : config;
  const place = placeOf(settings).map(({ name, value }) => `${name} "${value}"`);
  const words = [`backend "${type}"`, ...place, `workspace "${workspace}"`].join(", ");
  return { backend: type, text: words, identity: isLocal ? `${words}, folder "${dir}"` : words };
}

/** A setting of a backend, without credentials. */
export interface BackendSetting {
  /** As the backend calls it. */
  name: string;
  /** Fit to be shown. */
  value: string;
}

function placeOf(config: Settings): BackendSetting[] {
  return PLACE.flatMap((name) => {
    const value = text(config[name]);
    if (value === undefined) return [];
    return [{ name, value: name === "conn_str" ? withoutPassword(value) : withoutCredentials(value) }];
  });
}

/**
 * The settings that somebody gave to an `init` by hand in the environment's folder, and that the code leaves open: without
 * them another state is looked at. Backends note a hash of what the code says, so that settings from outside show.
 *
 * @param dataDir Our own data directory, after our `init`; absent where that failed for want of settings.
 * @param env What `init` sees: backends read some settings there.
 */
export async function settingsByHand(
  dir: string,
  dataDir: string | undefined,
  env: Record<string, string>,
): Promise<{ type: string; settings: BackendSetting[] } | undefined> {
  const theirs = await backendOf(join(dir, ".terraform")).catch(() => undefined);
  const ours = dataDir === undefined ? undefined : await backendOf(dataDir).catch(() => undefined);
  if (!theirs?.type || (dataDir !== undefined && (ours?.type !== theirs.type || ours.hash !== theirs.hash))) return;
  const isOpen = ({ name }: BackendSetting) =>
    text(ours?.config?.[name]) === undefined &&
    !(VARIABLES[name] ?? []).some((variable) => env[variable]);
  const settings = placeOf(theirs.config ?? {}).filter(isOpen);
  return settings.length > 0 ? { type: theirs.type, settings } : undefined;
}

/**
 * Whether the state is a local file that is not there yet. Then there is nothing to lock, and Terraform would make the file's
 * folders only to put its lock there.
 */
export async function lacksLocalState({ dir, workspace = "default" }: StatePlace, dataDir: string): Promise<boolean> {
  try {
    const { type = "local", config = {} } = await backendOf(dataDir) ?? {};
    if (type !== "local") return false;
    const file = workspace === "default"
      ? text(config.path) ?? "terraform.tfstate"
      : join(text(config.workspace_dir) ?? "terraform.tfstate.d", workspace, "terraform.tfstate");
    await Deno.stat(resolve(dir, file));
    return false;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}

/** The backend that an init noted; undefined where there is none. Throws where the note is damaged. */
async function backendOf(dataDir: string): Promise<{ type?: string; config?: Settings; hash?: number } | undefined> {
  const text = await Deno.readTextFile(join(dataDir, "terraform.tfstate")).catch(() => "{}");
  return JSON.parse(text).backend;
}

/** Each backend has settings of its own. */
type Settings = Record<string, unknown>;

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Where a database is, of a connection string: a URL, or words as `host=… dbname=…`. */
function withoutPassword(connection: string): string {
  if (/^\w+:\/\//.test(connection)) return withoutCredentials(connection);
  return [...connection.matchAll(/\b(?:host|hostaddr|port|dbname)=\S+/g)].map(([word]) => word).join(" ");
}

/** An address without what of a URL can be secret: user, password and query. */
function withoutCredentials(text: string): string {
  // What is no URL can hold a password with a "/".
  const clean = URL.canParse(text) ? text : maskUrlCredentials(text, "x");
  return clean.replace(/^(\w+:\/\/)[^/]*@/, "$1").replace(/^(\w+:\/\/[^?#]*)[?#].*$/s, "$1");
}
