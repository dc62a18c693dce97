/**
 * The contract that built-in and custom sinks share. `apiVersion` is raised only where a version-1 sink would break.
 *
 * @module
 */

import type { DriftReport } from "../drift/report.ts";

export type { DriftReport } from "../drift/report.ts";

/** What a sink file exports by default: how to make a sink from its options. */
export interface SinkModule<Options = unknown> {
  /** Version of this contract. */
  apiVersion: 1;
  /** The name its author gave it, as `my-sink`. A run calls it by its entry, `file:PATH`, and names its state folder after the file. */
  name: string;
  /** Declares that the sink itself writes and sends nothing when `context.dryRun` is set; without it, it is not started in a dry run. */
  dryRun?: true;
  /** The sink wants reports of runs, too, that looked and planned nothing. */
  looks?: true;
  /** Checks the options of the configuration entry; throws with a message that names the wrong one. A zod schema fits. */
  options?: { parse(input: unknown): Options };
  /** Makes the sink, before anything is checked; throws where it cannot work here. */
  create(options: Options, context: SinkContext): Sink | Promise<Sink>;
}

/** A place that reports go to. `deliver` that returns has delivered; one that throws has not. */
export interface Sink {
  /**
   * An error with `retryable: true` is tried again within the deadline, which `signal` marks. A sink in a file of its own
   * gets the run as plain text, too.
   */
  deliver(report: DriftReport, signal: AbortSignal, text?: PlainNotice): void | Promise<void>;
  /** Called after all sinks have delivered or failed: how `prom` and `console` learn which ones failed. */
  settled?(outcomes: SinkOutcome[], report: DriftReport, signal: AbortSignal): void | Promise<void>;
  /**
   * Tests for `doctor` whether a delivery would succeed now, without sending or leaving anything. Throws an error that
   * says what is wrong and what to do.
   */
  probe?(signal: AbortSignal): Probe | Promise<Probe>;
  /** Called once after the run, whether or not it succeeded. */
  close?(): void | Promise<void>;
}

/** A run in plain text, for those who only want to pass it on. */
export interface PlainNotice {
  /** One line on how everything stands: `pve-drift on pve1: 1 check failed, 2 environments drift`. */
  title: string;
  /** What is new and what is over since the run before, in lines; empty where nothing is. */
  body: string;
  /** Whether the body says anything. */
  isNews: boolean;
}

/** What a sink's {@linkcode Sink.probe} found. */
export interface Probe {
  /** Where reports go, in a few words: `writes to "/var/log/pve-drift"`. */
  summary: string;
  /** A problem that does not prevent delivery but should be fixed. */
  warning?: string;
  /** What the other side's clock says, in milliseconds since 1970. */
  theirTime?: number;
}

/** What the program hands to `create`. */
export interface SinkContext {
  /** Deliver nothing; say through `log` what would have been delivered. */
  dryRun: boolean;
  /** A folder of the sink's own that outlives the run; exists. */
  stateDir: string;
  /** Messages for the operator. */
  log: SinkLog;
}

/** Messages for the operator; they go to stderr or the journal under the sink's name. */
export interface SinkLog {
  /** Shown only with `--verbose`. */
  debug(message: string): void;
  /** Shown unless `--quiet` is given. */
  info(message: string): void;
  /** Something an operator should look at. */
  warn(message: string): void;
  /** A failure. */
  error(message: string): void;
}

/** How one sink fared in one run. */
export interface SinkOutcome {
  /** As the configuration names it. */
  sink: string;
  /** Whether it took the report. */
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
  /** How the dispatcher recognizes it. */
  override name = "StepAside";
}
