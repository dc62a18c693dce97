/**
 * Work that takes turns, and work that must end.
 *
 * @module
 */

import type { StopReason } from "../terraform/obstacle.ts";

/** After this time the work of one no longer holds up the next, in milliseconds: a backend that hangs must not delay another environment. */
const LONGEST_TURN_MS = 20_000;

/** How long after its stop a check may take to end, and after its kill, in milliseconds: longer than terraform gets for it. */
const STOP_MS = 20_000, KILL_MS = 5_000;

/** Runs one piece of work at a time. What is stopped while it waits begins at once, and ends at once. */
export function serialize(): <T>(work: () => Promise<T>, stop: AbortSignal) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>, stop: AbortSignal): Promise<T> => {
    const stopped = Promise.withResolvers<void>();
    stop.addEventListener("abort", () => stopped.resolve());
    const turn = Promise.race([last, stopped.promise]).then(work);
    last = last.then(() => withTimeLimit(turn.catch(() => {}), LONGEST_TURN_MS));
    return turn;
  };
}

/** The time that a check has, without the time in which it waits for others. */
export interface Deadline {
  /** Aborts with the {@linkcode StopReason} `timeout` when the time is over. */
  signal: AbortSignal;
  /** What is left, in milliseconds. */
  remainingMs(): number;
  /** Holds the time up; again, it does nothing. */
  pause(): void;
  /** Lets the time go on. */
  resume(): void;
  /** Ends it, without aborting anything. */
  close(): void;
}

/** Begins a time of `ms` milliseconds. */
export function startDeadline(ms: number): Deadline {
  const controller = new AbortController();
  let left = ms;
  /** Absent while it is held up. */
  let running: { since: number; timer: ReturnType<typeof setTimeout> } | undefined;
  const remainingMs = () => running ? left - (performance.now() - running.since) : left;
  const resume = () => {
    if (running) return;
    const timer = setTimeout(() => controller.abort("timeout" satisfies StopReason), left);
    running = { since: performance.now(), timer };
  };
  const pause = () => {
    left = remainingMs();
    clearTimeout(running?.timer);
    running = undefined;
  };
  resume();
  return { signal: controller.signal, remainingMs, pause, resume, close: pause };
}

/** Waits for `promise`, but not longer than `ms`. */
export async function withTimeLimit(promise: Promise<unknown>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  await Promise.race([promise, new Promise((resolve) => timer = setTimeout(resolve, ms))]);
  clearTimeout(timer);
}

/** The result of `work`, or `instead` where it has not ended some time after `stop` or `kill`. */
export async function withGracePeriod<T>(
  work: Promise<T>,
  instead: () => T,
  stop: AbortSignal,
  kill: AbortSignal,
): Promise<T> {
  const stuck = Promise.withResolvers<T>();
  const timers: ReturnType<typeof setTimeout>[] = [];
  const giveUpAfter = (ms: number) => () => timers.push(setTimeout(() => stuck.resolve(instead()), ms));
  const onStop = giveUpAfter(STOP_MS), onKill = giveUpAfter(KILL_MS);
  stop.addEventListener("abort", onStop);
  kill.addEventListener("abort", onKill);
  try {
    return await Promise.race([work, stuck.promise]);
  } finally {
    timers.forEach((timer) => clearTimeout(timer));
    stop.removeEventListener("abort", onStop);
    kill.removeEventListener("abort", onKill);
  }
}
