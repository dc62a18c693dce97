/**
 * An environment's report from a recorded plan instead of a check: the same judgement; no terraform, no memory.
 *
 * @module
 */

import { Secrets } from "../../lib/secrets.ts";
import { acceptedBy } from "../config/accept.ts";
import type { Config } from "../config/config.ts";
import { noiseFinder } from "../providers/noise.ts";
import { providers } from "../providers/registry.ts";
import type { DriftReport, EnvironmentReport } from "../report.ts";
import { learnEnvironment } from "../terraform/credentials.ts";
import { failureText } from "../verdict/failure_text.ts";
import type { Evidence } from "../verdict/evidence.ts";
import { type FailOn, judge } from "../verdict/verdict.ts";
import type { World } from "../world.ts";
import { withoutConfirmation } from "./confirmation.ts";
import { buildReport, newRunId } from "./build_report.ts";
import { environmentReport } from "./environment_report.ts";

/** What a recorded plan is judged with. */
export interface ReplayContext {
  /** Differences that the operator lives with. */
  accept: Config["accept"];
  /** Which rows of the catalogue of noise apply. Default: all. */
  noise?: Config["noise"];
  /** Versions of the providers by their source, where they are known: a plan does not tell them. */
  versions?: Readonly<Record<string, string>>;
  /** Leave out what Terraform and providers say. */
  hideText: boolean;
  /** Credentials of our own environment are scrubbed here too. */
  inherited: Record<string, string>;
  /** Milliseconds since 1970. */
  now: () => number;
  /** The plan is the one that confirmed another: for those that come with the program. */
  isSecondPlan?: true;
}

/** What recorded plans are judged with in a run. */
export function replayContext(
  { accept, noise, values }: Config,
  { env, now }: Pick<World, "env" | "now">,
): ReplayContext {
  return { accept, noise, hideText: values === "hide", inherited: env, now };
}

/** What to do where there is no plan in what was given. */
const GIVE_A_PLAN =
  "Give a plan as JSON: run `terraform plan -out=PLANFILE`, then `terraform show -json PLANFILE > FILE`, " +
  "and replay FILE. The output of `terraform plan -json` will do, too.";

/** The environment report of a replayed plan. */
export function replayEnvironment(
  name: string,
  dir: string,
  evidence: Evidence,
  context: ReplayContext,
): EnvironmentReport {
  const startedAt = new Date(context.now()).toISOString();
  const secrets = new Secrets();
  learnEnvironment(context.inherited, secrets);
  const judged = judge(evidence, {
    secrets,
    providers,
    noise: noiseFinder({ noise: context.noise ?? true, versions: context.versions ?? {} }),
    recall: () => ({ isNew: true, firstSeenAt: startedAt }),
    accepts: (address, path) => acceptedBy(context.accept, name, address, path, context.now()) !== undefined,
    hideText: context.hideText,
  });
  const verdict = context.isSecondPlan ? judged : withoutConfirmation(judged);
  const error = verdict.failure && failureText(verdict.failure, {
    knowledge: providers.failures,
    scrub: (text) => secrets.scrub(text),
    hideText: context.hideText,
  });
  const told = error && verdict.failure?.reason === "plan-unreadable" ? { ...error, cure: GIVE_A_PLAN } : error;
  const durationMs = Math.max(0, Math.round(context.now() - Date.parse(startedAt)));
  const replayed = context.isSecondPlan ? {} : { replayed: true as const };
  return environmentReport(verdict, { name, dir, startedAt, durationMs, ...replayed }, told);
}

/** What {@linkcode replayReport} is made of besides the world. */
export interface ReplayParts {
  /** When the replay began, milliseconds since 1970. */
  started: number;
  /** What became of each plan. */
  environments: EnvironmentReport[];
  /** Names of all environments there are. */
  configured: readonly string[];
  /** Nothing is delivered. */
  dryRun: boolean;
  /** Terraform's version, where a recording tells it. */
  version?: string | undefined;
  /** Which drift makes the exit code 2. Default: any. */
  failOn?: FailOn | undefined;
  /** The share that was taken. */
  shard?: DriftReport["shard"] | undefined;
}

/** The report of a run of recorded plans. */
export function replayReport(
  { started, environments, configured, dryRun, version, failOn, shard }: ReplayParts,
  world: Pick<World, "host" | "version" | "now">,
): DriftReport {
  const startedAt = new Date(started).toISOString();
  return buildReport({
    runId: newRunId(startedAt),
    startedAt,
    finishedAt: new Date(world.now()).toISOString(),
    environments,
    configured: [...configured],
    ...(shard ? { shard } : {}),
    dryRun,
    host: world.host,
    toolVersion: world.version,
    ...(version ? { terraform: { bin: "terraform", version } } : {}),
    ...(failOn ? { failOn } : {}),
  });
}
