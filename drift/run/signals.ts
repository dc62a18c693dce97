/**
 * How the operator stops a run: SIGINT, SIGTERM and SIGHUP.
 *
 * @module
 */

import type { StopReason } from "../terraform/obstacle.ts";

/** The signals of a run. */
export interface RunSignals extends Disposable {
  /** Aborts with the first signal, for the {@linkcode StopReason} `interrupted`: the checks end in order, and what was finished is delivered all the same. */
  interrupt: AbortSignal;
  /** Aborts with the second one: the checks end at once. */
  kill: AbortSignal;
  /** Aborts with a further signal from now on: the delivery ends. */
  giveUp(): AbortSignal;
  /** The exit code of the first signal; without one `normal`. */
  exitCode(normal: number): number;
}

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Listens to the signals of this process until it is disposed of. */
export function installSignalHandlers(): RunSignals {
  const interrupt = new AbortController(), kill = new AbortController(), delivery = new AbortController();
  let code: number | undefined;
  let further = kill;
  const handlers = Object.entries(EXIT_CODES).map(([signal, exitCode]) => {
    const handler = () => {
      if (code === undefined) interrupt.abort("interrupted" satisfies StopReason);
      else further.abort(new Error("the run was stopped"));
      code ??= exitCode;
    };
    return [signal as Deno.Signal, handler] as const;
  });
  for (const [signal, handler] of handlers) Deno.addSignalListener(signal, handler);
  return {
    interrupt: interrupt.signal,
    kill: kill.signal,
    giveUp() {
      further = delivery;
      return delivery.signal;
    },
    exitCode: (normal) => code ?? normal,
    [Symbol.dispose]() {
      for (const [signal, handler] of handlers) Deno.removeSignalListener(signal, handler);
    },
  };
}
