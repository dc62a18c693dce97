/**
 * The part of a report that the `only` of a sink's entry leaves to it: a report of its own that holds together, as if
 * there were nothing else. Pure.
 *
 * @module
 */

import { matchesGlob } from "../../lib/glob.ts";
import type { Change, DriftReport, EnvironmentReport, Only, WitnessReport } from "../report.ts";
import type { FailOn } from "../verdict/verdict.ts";
import { outcomeOf } from "./build_report.ts";
import { actionCounts, changedResources } from "./environment_report.ts";

/** What a report does not say of itself. */
export interface Surroundings {
  /** From each environment to the cluster of its guests, where it has one. */
  clusterOf?: ReadonlyMap<string, string>;
  /** Which drift makes the exit code 2. Default: any. */
  failOn?: FailOn | undefined;
}

/**
 * The part that is left. Without environments that are meant, it has none.
 *
 * An environment in which other changes alone are left conforms as far as its reader is to know: `leftOut` tells that
 * they are there. Of a cluster stays what belongs to the environments that are meant, and to none.
 */
export function partOf(report: DriftReport, only: Only, { clusterOf, failOn }: Surroundings): DriftReport {
  const isMeant = (name: string) => only.env?.some((glob) => matchesGlob(glob, name)) ?? true;
  const environments = report.environments.filter(({ name }) => isMeant(name)).map((one) => withOrigins(one, only));
  const part = {
    ...report,
    only,
    ...outcomeOf(environments, failOn),
    configured: report.configured.filter(isMeant),
    environments,
  };
  const { clusters, proxmox } = report;
  if (!only.env || !clusters || !proxmox) return part;
  const meant = new Set(part.configured.map((name) => clusterOf?.get(name)));
  return {
    ...part,
    clusters: clusters.filter((name) => meant.has(name)),
    proxmox: proxmox.filter(({ cluster }) => meant.has(cluster)).map((one) => ofEnvironments(one, isMeant)),
  };
}

function withOrigins(environment: EnvironmentReport, { origin: meant }: Only): EnvironmentReport {
  // Of what was not looked at, the last status stands, and its changes are not here to count.
  if (!meant || environment.skipped) return environment;
  const isMeant = ({ origin }: Pick<Change, "origin">) => meant.includes(origin);
  const { previousStatus, ...rest } = environment;
  const changes = rest.changes.filter(isMeant);
  const resolved = rest.resolved.filter(({ origin }) => origin === undefined || meant.includes(origin));
  const leftOut = [...new Set(rest.changes.filter((one) => !isMeant(one)).map(({ address }) => address))];
  const wasDrift = resolved.length > 0 || changes.some(({ isNew }) => !isNew);
  return {
    ...rest,
    ...previousStatus === undefined
      ? {}
      : { previousStatus: previousStatus === "drift" && !wasDrift ? "ok" : previousStatus },
    status: rest.status === "drift" && changes.length === 0 ? "ok" : rest.status,
    resourcesChanged: changedResources(changes),
    counts: actionCounts(changes),
    changes,
    resolved,
    ...leftOut.length > 0 ? { leftOut } : {},
  };
}

/** Guests that no state knows are everybody's; of managed ones, those of the environments that are meant. */
function ofEnvironments(witness: WitnessReport, isMeant: (name: string) => boolean): WitnessReport {
  const isTheirs = ({ environment }: { environment?: string }) => environment === undefined || isMeant(environment);
  return { ...witness, waiting: witness.waiting.filter(isTheirs), beyond: witness.beyond.filter(isTheirs) };
}
