/**
 * From the report to the sinks: all side by side, each with its own deadline, retries and outcome, none able to harm
 * another or the report.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { messageOf } from "../../lib/message_of.ts";
import { formatDuration } from "../../lib/duration.ts";
import { shorten } from "../../lib/shorten.ts";
import {
  type LoadedSink,
  loadSink,
  type SinkEntry,
  SinkEntryError,
  type SinkHost,
  StepAside,
  useText,
} from "../../sinks/load.ts";
import type { Probe, SinkOutcome } from "../../sinks/sink.ts";
import type { DriftReport, Only } from "../report.ts";
import { partOf, type Surroundings } from "./only.ts";
import { UsageError } from "../usage_error.ts";

/** How long a sink may take whose entry says nothing, in milliseconds. */
export const SINK_TIMEOUT_MS = 30_000;

/** How long a sink may take to load and be created, in milliseconds: the checks wait for it. */
const OPEN_MS = 10_000;

/** Pauses between attempts double from here, in milliseconds. */
const FIRST_PAUSE_MS = 500;

/** How long a sink may take to close, in milliseconds; a child is asked, killed and waited for within it. */
const CLOSE_MS = 5_000;

/** A sink that is part of a run, whether it could be opened or not. */
export interface OpenSink {
  /** As written in the configuration; the second of that name is `NAME#2`. */
  name: string;
  /** For each of its two steps, in milliseconds. */
  timeoutMs: number;
  /** Which part of the report it gets; absent: all of it. */
  only?: Only;
  /** Absent where it could not be opened. */
  sink?: LoadedSink;
  /** Why it could not be opened, in one line. */
  failure?: string;
}

/** What became of an entry. */
export interface OpenedEntry extends OpenSink {
  /** The entry is wrong: the whole message for the user. */
  wrong?: string;
  /** It steps aside, since nobody asked for it: why. */
  aside?: string;
}

/** Opens each entry, side by side. Never rejects: what is not open says why. */
export async function openEntries(
  entries: readonly SinkEntry[],
  host: Omit<SinkHost, "openMs">,
): Promise<OpenedEntry[]> {
  const seen = new Map<string, number>();
  return await Promise.all(entries.map(async (entry) => {
    const use = useText(entry.use);
    const nth = (seen.get(use) ?? 0) + 1;
    seen.set(use, nth);
    const name = nth === 1 ? use : `${use}#${nth}`;
    const timeoutMs = entry.timeoutMs ?? SINK_TIMEOUT_MS;
    const opened = { name, timeoutMs, ...entry.only ? { only: entry.only } : {} };
    try {
      const openMs = Math.min(OPEN_MS, timeoutMs);
      return { ...opened, sink: await loadSink(entry, name, nth, { ...host, openMs }) };
    } catch (error) {
      if (error instanceof SinkEntryError) return { ...opened, wrong: error.message };
      if (error instanceof StepAside && entry.from === "default") return { ...opened, aside: error.message };
      return { ...opened, failure: reasonOf(error) };
    }
  }));
}

/**
 * Opens the sinks of a run, before anything is checked. One that steps aside is left out, which only `--verbose` and `doctor` tell; one
 * that cannot work here is part of the run as failed, and told to the log at once.
 *
 * @throws {UsageError} that names every entry that is wrong; then all are closed again
 */
export async function openSinks(
  entries: readonly SinkEntry[],
  host: Omit<SinkHost, "openMs">,
): Promise<OpenSink[]> {
  const opened = await openEntries(entries, host);
  const wrong = opened.flatMap(({ wrong }) => wrong ?? []);
  if (wrong.length > 0) {
    await closeSinks(opened);
    throw new UsageError(wrong.join("\n"));
  }
  for (const { name, aside, failure } of opened) {
    if (aside !== undefined) host.log(name).debug(aside);
    if (failure !== undefined) host.log(name).error(`cannot take part in this run: ${failure}`);
  }
  return opened.filter(({ aside }) => aside === undefined);
}

/** Options of {@linkcode dispatch}. */
export interface DispatchOptions {
  /** What the parts of the report for sinks with an `only` are made with. */
  surroundings?: Surroundings;
  /** Ends every delivery at once, with its reason. */
  stop?: AbortSignal;
  /** The run planned only what has changed: of nothing, only those sinks hear that want to. */
  isIfChanged?: boolean;
  /** Told of each failure that the console sink cannot show: it is not there, or has spoken. */
  complain?: (message: string) => void;
}

/**
 * Delivers the report, or the part of it that a sink is to get, tells the sinks that want to know how the others fared, and
 * closes them all. Never rejects: what goes wrong is in the outcomes, one for each sink that is to hear of the run, in the
 * order of `sinks`.
 */
export async function dispatch(
  report: DriftReport,
  sinks: readonly OpenSink[],
  { stop, complain = () => {}, surroundings = {}, isIfChanged = false }: DispatchOptions = {},
): Promise<SinkOutcome[]> {
  const whole = frozen(structuredClone(report));
  const partFor = ({ only }: OpenSink) => {
    if (!only) return whole;
    const { env: _, ...origins } = only;
    // In a dry run, recorded plans stand for environments of any name.
    return frozen(partOf(whole, report.dryRun ? origins : only, surroundings));
  };
  const deliveries = sinks.map((open) => new Delivery(open, partFor(open), stop))
    .filter(({ open, report }) =>
      !isIfChanged || open.sink?.looks || report.environments.some(({ skipped }) => !skipped)
    );
  const addressed = deliveries.filter(({ isAddressed }) => isAddressed);
  await Promise.all(addressed.map((one) => one.step((signal) => one.open.sink!.deliver(one.report, signal))));
  const heard = frozen(deliveries.map(({ outcome }) => ({ ...outcome })));
  const curious = deliveries.filter(({ open }) => open.sink?.settled);
  await Promise.all(curious.map((one) => one.step((signal) => one.open.sink!.settled!(heard, one.report, signal))));
  await closeSinks(sinks, complain);
  const shown = deliveries.some(({ outcome }) => outcome.sink === "console" && outcome.delivered);
  deliveries.forEach(({ outcome }, at) => {
    if (outcome.delivered || (shown && !heard[at]!.delivered)) return;
    complain(`Sink "${outcome.sink}" did not deliver: ${outcome.reason}`);
  });
  return deliveries.map(({ outcome }) => outcome);
}

/**
 * Asks a sink whether it would deliver, within its time. A sink that has nothing to say to that is taken at its word:
 * it could be opened.
 *
 * @throws {Error} saying why not, in one line
 */
export async function probeSink({ sink, failure, timeoutMs }: OpenSink, stop?: AbortSignal): Promise<Probe> {
  if (!sink) throw new Error(failure);
  let probe: Probe = { summary: "can be opened" };
  try {
    if (sink.probe) await withDeadline(async (signal) => probe = await sink.probe!(signal), timeoutMs, stop);
  } catch (error) {
    throw new Error(reasonOf(error));
  }
  return probe;
}

/** Closes the sinks of a run that is given up; {@linkcode dispatch} does it by itself. Never rejects. */
export async function closeSinks(
  sinks: readonly OpenSink[],
  complain: (message: string) => void = () => {},
): Promise<void> {
  await Promise.all(sinks.map(async ({ name, sink }) => {
    try {
      if (sink?.close) await withDeadline(async () => await sink.close!(), CLOSE_MS);
    } catch (error) {
      complain(`Sink "${name}" did not close: ${reasonOf(error)}`);
    }
  }));
}

/** One sink in one run: how it went. */
class Delivery {
  readonly outcome: SinkOutcome;
  #lost = false;

  constructor(readonly open: OpenSink, readonly report: DriftReport, readonly stop: AbortSignal | undefined) {
    this.outcome = { sink: open.name, delivered: open.sink !== undefined, durationMs: 0 };
    if (open.failure !== undefined) this.outcome.reason = open.failure;
  }

  /** Whether there is anything to deliver: nothing of an environment that its `only` does not mean. */
  get isAddressed(): boolean {
    return this.open.only === undefined || this.report.environments.length > 0;
  }

  /** Takes a step, again where the sink wants that; a failure is the outcome, unless there was one before. */
  async step(act: (signal: AbortSignal) => unknown): Promise<void> {
    const { sink, timeoutMs } = this.open;
    // One that did not end in time is still busy with the step before, or was killed.
    if (!sink || this.#lost) return;
    const began = performance.now();
    let last: unknown;
    try {
      await withDeadline(
        async (signal) => {
          for (let pause = FIRST_PAUSE_MS;; pause *= 2) {
            try {
              return void await act(signal);
            } catch (error) {
              last = error;
              // What it says itself is more than that its time is over.
              if (!isRetryable(error) || performance.now() + pause >= began + timeoutMs) throw error;
              await delay(pause, { signal });
            }
          }
        },
        timeoutMs,
        this.stop,
      );
    } catch (error) {
      this.#lost = error instanceof DeadlineError || this.stop?.aborted === true;
      if (this.outcome.delivered) this.outcome.reason = reasonOf(error, last);
      this.outcome.delivered = false;
    }
    this.outcome.durationMs += Math.round(performance.now() - began);
  }
}

/** The time of a sink was over. */
class DeadlineError extends Error {}

/** Gives `act` its time and no more: it is left alone when the time is over, or when `stop` aborts. */
async function withDeadline(
  act: (signal: AbortSignal) => Promise<unknown>,
  ms: number,
  stop?: AbortSignal,
): Promise<void> {
  const deadline = new AbortController();
  const over = Promise.withResolvers<never>();
  const timer = setTimeout(() => deadline.abort(new DeadlineError(`it did not end within ${formatDuration(ms)}`)), ms);
  const signal = stop ? AbortSignal.any([deadline.signal, stop]) : deadline.signal;
  const end = () => over.reject(signal.reason);
  signal.addEventListener("abort", end);
  try {
    signal.throwIfAborted();
    await Promise.race([act(signal), over.promise]);
  } finally {
    signal.removeEventListener("abort", end);
    clearTimeout(timer);
  }
}

function isRetryable(error: unknown): boolean {
  return error instanceof Error && (error as { retryable?: unknown }).retryable === true;
}

/** One line on what went wrong, with what went wrong before where the time was over. */
function reasonOf(error: unknown, before?: unknown): string {
  const text = messageOf(error) || (error as Error).name;
  const line = shorten(text.trim().split("\n")[0]!, 500);
  return error instanceof DeadlineError && before !== undefined && before !== error
    ? `${line}: ${reasonOf(before)}`
    : line;
}

/** Makes plain data unchangeable, all the way down. */
function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) frozen(inner);
  }
  return value;
}
