/**
 * From the report of a run to its exit code, by way of stdout and the sinks.
 *
 * @module
 */

import { messageOf } from "../../lib/message_of.ts";
import type { Config } from "../config/config.ts";
import type { DriftReport } from "../report.ts";
import type { World } from "../world.ts";
import { dispatch, type OpenSink } from "./dispatch.ts";
import { hideValues } from "./hide_values.ts";
import type { Surroundings } from "./only.ts";

/** Options of {@linkcode deliver}. */
export interface DeliveryOptions {
  /** Print the report on stdout too. */
  json: boolean;
  /** Whether values of attributes are shown at all. */
  values: Config["values"];
  /** What the parts of the report for sinks with an `only` are made with. */
  surroundings?: Surroundings;
  /** The run planned only what has changed, and that may be nothing. */
  isIfChanged?: boolean;
  /** Ends the delivery at once. */
  stop?: AbortSignal;
}

/**
 * Hands the report over.
 *
 * @returns The exit code: that of the checks, and a sink that failed is a failure of the run.
 */
export async function deliver(
  report: DriftReport,
  sinks: OpenSink[],
  { print, log }: Pick<World, "print" | "log">,
  { json, values, isIfChanged = false, surroundings = {}, stop }: DeliveryOptions,
): Promise<number> {
  const shown = values === "hide" ? hideValues(report) : report;
  const isPrinted = !json || await print(`${JSON.stringify(shown, null, 2)}\n`).then(() => true, (error) => {
    // A reader that is gone takes the report from nobody else.
    log.error(`Cannot print the report: ${messageOf(error)}`);
    return false;
  });
  const outcomes = await dispatch(shown, sinks, {
    complain: log.error,
    ...{ isIfChanged, surroundings },
    ...(stop ? { stop } : {}),
  });
  return report.exitCode | (isPrinted && outcomes.every((outcome) => outcome.delivered) ? 0 : 1);
}
