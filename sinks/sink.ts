/**
 * The contract that built-in and custom sinks share. `apiVersion` is raised only where a version-1 sink would break.
 *
 * @module
 */

import type { DriftReport } from "../drift/report.ts";

export type { DriftReport } from "../drift/report.ts";

/** What a sink file exports by default: how to make a sink from its options. */
export interface SinkModule<Options = unknown> {
  /** Of this contract. */
  apiVersion: 1;
  /** What its author calls it, as `my-sink`. A run names it by its entry, `file:PATH`, and its state folder after the file. */
  name: string;
  /** Declares that the sink itself writes and sends nothing when `context.dryRun` is set; without it, it is not started in a dry run. */
  dryRun?: true;
  /** Checks the options of the configuration entry; throws with a message that names the wrong one. A zod schema fits. */
  options?: { parse(input: unknown): Options };
  /** Makes the sink, before anything is checked; throws where it cannot work here. */
  create(options: Options, context: SinkContext): Sink | Promise<Sink>;
}

/** Where reports go. A call that returns has delivered, one that throws has not. */
export interface Sink {
  /** An error with `retryable: true` is tried again within the deadline, which `signal` marks. */
  deliver(report: DriftReport, signal: AbortSignal): void | Promise<void>;
  /** After all sinks have delivered or failed: how `prom` and `console` learn who failed. */
  settled?(outcomes: SinkOutcome[], report: DriftReport, signal: AbortSignal): void | Promise<void>;
  /**
   * Whether a delivery would succeed as things stand, for `doctor`: looks at the place, asks the other side, sends
   * nothing and leaves nothing. Throws saying what is wrong and what to do.
   */
  probe?(signal: AbortSignal): Probe | Promise<Probe>;
  /** After the run, whatever came of it. */
  close?(): void | Promise<void>;
}

/** What a sink's {@linkcode Sink.probe} found. */
export interface Probe {
  /** Where reports go, in a few words: `writes to "/var/log/pve-drift"`. */
  summary: string;
  /** What does not keep it from delivering and should be put right all the same. */
  warning?: string;
  /** What the other side's clock says, in milliseconds since 1970. */
  theirTime?: number;
}

/** What a sink is given at its creation. */
export interface SinkContext {
  /** Deliver nothing; say through `log` what would have been delivered. */
  dryRun: boolean;
  /** A folder of the sink's own that outlives the run; exists. */
  stateDir: string;
  /** For what the operator should know. */
  log: SinkLog;
}

/** Messages for the operator; they go to stderr or the journal under the sink's name. */
export interface SinkLog {
  /** Said only with `--verbose`. */
  debug(message: string): void;
  /** Said but with `--quiet`. */
  info(message: string): void;
  /** What should be looked at. */
  warn(message: string): void;
  /** What failed. */
  error(message: string): void;
}

/** How one sink fared in one run. */
export interface SinkOutcome {
  /** As the configuration names it. */
  sink: string;
  /** It took the report. */
  delivered: boolean;
  /** Milliseconds. */
  durationMs: number;
  /** Why not, in one line. */
  reason?: string;
}

/**
 * Thrown by `create` of a sink that nobody asked for by name and that has no place to work here. The message is the hint
 * to the operator: it is said once and is no failure.
 */
export class StepAside extends Error {
  /** How the dispatcher knows it. */
  override name = "StepAside";
}
