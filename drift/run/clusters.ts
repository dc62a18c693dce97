/**
 * The clusters that a second witness speaks about, for the length of a run: opens what its checks hear, and draws up what it
 * says of each. Loaded only where one is configured.
 *
 * @module
 */

import { type AccessHost, findCredentials } from "../../lib/proxmox_api/access.ts";
import { openProxmoxApi, secretOf } from "../../lib/proxmox_api/open.ts";
import { Secrets } from "../../lib/secrets.ts";
import type { Cluster, Config, Environment } from "../config/config.ts";
import type { EnvironmentReport, WitnessReport } from "../report.ts";
import { learnEnvironment } from "../terraform/credentials.ts";
import { proxmoxWitness, type Witness } from "../witness/witness.ts";
import type { CheckResult } from "./check_result.ts";
import type { CheckWitness } from "./check_witness.ts";
import { checkWitness } from "./hear_witness.ts";
import type { LookDeps } from "./looks.ts";
import { Survey } from "./survey.ts";

/** What the clusters of a run need of it. */
export interface ClustersDeps {
  /** The process. */
  world: AccessHost & { now: () => number };
  /** Ends all questions. */
  stop: AbortSignal;
  /** An environment is planned only where something has changed. */
  isIfChanged?: boolean;
}

/** The clusters of a run. */
export interface Clusters extends Disposable {
  /** The secret parts of the tokens. */
  secrets: readonly string[];
  /** The witness of an environment, as its check hears it; absent where it has none. */
  witnessOf(environment: Environment): CheckWitness | undefined;
  /** How an environment is looked at before it is planned; absent where it has no witness. */
  lookOf(environment: Environment): LookDeps["cluster"];
  /** An environment is about to be planned: begins to look at the guests of its cluster. */
  begin(environment: Environment): void;
  /** What the witnesses say after all checks; nothing where the run is stopped. */
  conclude(results: readonly CheckResult[]): Promise<Conclusion>;
}

/** What the witnesses of a run say. */
export interface Conclusion {
  /** One for each cluster that was asked. */
  proxmox: WitnessReport[];
  /** In the order of the results, with what the witnesses add to them. */
  environments: EnvironmentReport[];
}

/** The most time for what is left to ask after the checks, in milliseconds: it must not hold up the report. */
const CONCLUSION_MS = 60_000;

/** Opens the clusters of the environments that are asked for, and begins to look at their guests. */
export async function openClusters(
  config: Config,
  asked: readonly Environment[],
  deps: ClustersDeps,
): Promise<Clusters> {
  const end = new AbortController();
  const signal = AbortSignal.any([deps.stop, end.signal]);
  const names = new Set(asked.map(({ cluster }) => cluster?.name));
  const opened = await Promise.all(
    config.clusters.filter(({ name }) => names.has(name)).map((cluster) =>
      openCluster(cluster, config, { ...deps, stop: signal })
    ),
  );
  const tokens = opened.flatMap(({ token }) => token ?? []);
  const own = new Secrets();
  learnEnvironment(deps.world.env, own);
  own.add(tokens);
  const byName = new Map(opened.map((one) => [one.cluster.name, one]));
  return {
    secrets: tokens,
    witnessOf({ cluster }) {
      const one = byName.get(cluster?.name ?? "");
      return one && checkWitness(one.witness, {
        isNamed: cluster!.isNamed,
        wantsDevices: (guests) => one.survey.wantsDevices(guests),
        expectsHa: one.cluster.ha === "expected",
      });
    },
    lookOf({ cluster }) {
      const survey = byName.get(cluster?.name ?? "")?.survey;
      return survey && { name: cluster!.name, look: (subject) => survey.look(subject) };
    },
    begin: ({ cluster }) => byName.get(cluster?.name ?? "")?.survey.begin(),
    async conclude(results) {
      const reports = results.map(({ report }) => report);
      if (deps.stop.aborted) return { proxmox: [], environments: reports };
      const limit = setTimeout(() => end.abort("run-timeout"), CONCLUSION_MS);
      try {
        const { proxmox, environments } = await concluded(opened, { config, own }, results);
        // A cluster that was stopped from answering is not silent.
        const isHeard = ({ error }: WitnessReport) => !deps.stop.aborted || error?.class !== "interrupted";
        return { proxmox: proxmox.filter(isHeard), environments };
      } finally {
        clearTimeout(limit);
      }
    },
    [Symbol.dispose]: () => opened.forEach(({ witness }) => witness[Symbol.dispose]()),
  };
}

interface Opened {
  cluster: Cluster;
  witness: Witness;
  survey: Survey;
  /** The secret part; absent where the token cannot be read, which the first question tells. */
  token?: string;
}

/** The report without what any check of the run has learned to be secret: names and options of guests can hold it. */
function scrubbed(report: WitnessReport, own: Secrets, results: readonly CheckResult[]): WitnessReport {
  const all = [own, ...results.flatMap(({ secrets }) => secrets ?? [])];
  return all.reduce((clean, secrets) => secrets.scrubValue(clean), report);
}

async function openCluster(
  cluster: Cluster,
  config: Config,
  { world, stop, isIfChanged = false }: ClustersDeps,
): Promise<Opened> {
  const credentials = findCredentials(cluster, world);
  const token = await credentials.then(({ token }) => secretOf(token), () => undefined);
  const witness = proxmoxWitness({
    cluster: cluster.name,
    endpoints: cluster.endpoints,
    open: async () => openProxmoxApi({ ...cluster, ...await credentials, signal: stop }),
    clock: world.now,
  });
  const survey = new Survey(cluster, witness, {
    stateDir: config.stateDir,
    environments: config.environments.filter((one) => one.cluster?.name === cluster.name),
    isShard: config.shard !== undefined,
    isHidden: config.values === "hide",
    now: world.now,
    isIfChanged,
  });
  return { cluster, witness, survey, ...(token === undefined ? {} : { token }) };
}

async function concluded(
  opened: Opened[],
  { config, own }: { config: Config; own: Secrets },
  results: readonly CheckResult[],
): Promise<Conclusion> {
  const clusterOf = new Map(config.environments.map(({ name, cluster }) => [name, cluster?.name]));
  const all = await Promise.all(
    opened.map(({ cluster, survey }) =>
      survey.conclude(results.filter(({ report }) => clusterOf.get(report.name) === cluster.name))
    ),
  );
  const changed = new Map(all.flatMap(({ environments }) => environments).map((one) => [one.name, one]));
  return {
    proxmox: all.flatMap(({ report }) => report ? [scrubbed(report, own, results)] : []),
    environments: results.map(({ report }) => changed.get(report.name) ?? report),
  };
}
