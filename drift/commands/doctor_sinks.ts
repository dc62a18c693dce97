/**
 * Whether sinks would deliver.
 *
 * @module
 */

import { messageOf } from "../../lib/message_of.ts";
import type { Config } from "../config/config.ts";
import { closeSinks, type OpenedEntry, openEntries, probeSink } from "../run/dispatch.ts";
import type { DoctorDeps } from "./doctor_deps.ts";
import type { DoctorFinding } from "./doctor_text.ts";

/** Asks each sink. `clocks` takes how many milliseconds the clocks of their servers are ahead of ours. */
export async function aboutSinks(
  config: Pick<Config, "sinks">,
  stateDir: string,
  { sinks, run }: Pick<DoctorDeps, "sinks" | "run">,
  clocks: Record<string, number>,
): Promise<DoctorFinding[]> {
  const opened = await openEntries(config.sinks, { ...sinks, stateDir });
  const findings = await Promise.all(opened.map((one) => aboutSink(one, run, clocks)));
  const closing: DoctorFinding[] = [];
  await closeSinks(opened, (text) => closing.push({ state: "warning", text }));
  return [...findings.flat(), ...closing];
}

async function aboutSink(
  opened: OpenedEntry,
  run: DoctorDeps["run"],
  clocks: Record<string, number>,
): Promise<DoctorFinding[]> {
  const { name, wrong, aside } = opened;
  if (wrong !== undefined) return [{ state: "failed", text: `Sink "${name}": ${wrong}` }];
  if (aside !== undefined) return [{ state: "warning", text: `Sink "${name}" steps aside: ${aside}` }];
  try {
    const { summary, warning, theirTime } = await probeSink(opened, run.signals.interrupt);
    if (theirTime !== undefined) clocks[`the server of sink "${name}"`] = theirTime - run.world.now();
    const findings: DoctorFinding[] = [{ state: "ok", text: `Sink "${name}": ${summary}` }];
    return warning === undefined ? findings : [...findings, { state: "warning", text: `Sink "${name}": ${warning}` }];
  } catch (error) {
    return [{ state: "failed", text: `Sink "${name}": ${messageOf(error)}` }];
  }
}
