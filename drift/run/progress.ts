/**
 * How far a run has come: on a terminal a live line for each environment, elsewhere a plain line for what takes longer than
 * usual. How each check ended, the report says.
 *
 * @module
 */

import { formatDuration } from "../../lib/duration.ts";
import { refreshedSoFar } from "../terraform/progress_tail.ts";
import type { Status } from "../report.ts";
import type { Step } from "../terraform/session.ts";
import type { World } from "../world.ts";

/** Shows how far each check has come. */
export interface Progress {
  /** A check began a step. */
  update(environment: string, step: Step): void;
  /** A check ended. */
  done(environment: string, status: Status): void;
  /** The run ended. */
  close(): void;
}

/** Where progress is shown, injected. */
export interface ProgressView {
  /** Takes text for the terminal. */
  write: (text: string) => void;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Columns of the terminal. */
  columns: number;
}

const HIDE_CURSOR = "\x1b[?25l", SHOW_CURSOR = "\x1b[?25h", CLEAR_LINE = "\x1b[2K";

/** Redraws a line for each environment that is being checked, with the resources refreshed so far. */
export function liveProgress(view: ProgressView, intervalMs = 200): Progress {
  const open = new Map<string, { text: string; since: number; count: () => Promise<number> }>();
  // A terminal can be gone (a dropped SSH session): that is no reason to lose the run.
  const write = (text: string) => {
    try {
      view.write(text);
    } catch { /* nobody is looking */ }
  };
  let drawn = 0;
  let isClosed = false;
  let drawing = Promise.resolve();
  const erase = () => drawn > 0 ? `\x1b[${drawn}A` + `${CLEAR_LINE}\n`.repeat(drawn) + `\x1b[${drawn}A` : "";
  const draw = async () => {
    const lines = await Promise.all([...open].map(async ([name, one]) => {
      const refreshed = await one.count();
      const counted = refreshed > 0 ? `, ${refreshed} refreshed` : "";
      return `${name}: ${one.text}${counted} (${formatDuration(view.now() - one.since)})`.slice(0, view.columns - 1);
    }));
    if (isClosed) return;
    write(erase() + lines.map((line) => `${line}\n`).join(""));
    drawn = lines.length;
  };
  const schedule = () => drawing = drawing.then(draw);
  write(HIDE_CURSOR);
  const timer = setInterval(schedule, intervalMs);
  return {
    update(name, { text, refreshing }) {
      const count = refreshing ? refreshedSoFar(refreshing) : () => Promise.resolve(0);
      open.set(name, { text, since: open.get(name)?.since ?? view.now(), count });
    },
    done(name) {
      open.delete(name);
    },
    close() {
      isClosed = true;
      clearInterval(timer);
      write(erase() + SHOW_CURSOR);
    },
  };
}

/** Shows nothing: for `--quiet`. */
export const noProgress: Progress = { update: () => {}, done: () => {}, close: () => {} };

/** Says through `log` what a check waits for, and all else through `debug`. */
export function plainProgress(log: (message: string) => void, debug: (message: string) => void): Progress {
  return {
    update: (name, { text, isNotable }) => (isNotable ? log : debug)(`${name}: ${text}`),
    done: (name, status: Status) => debug(`${name}: ${status}`),
    close: () => {},
  };
}

/** The progress of a run in this world: none with `--quiet`, live on a terminal, else plain lines in the log. */
export function openProgress({ isLive, columns, now, log }: World, isQuiet: boolean): Progress {
  if (isQuiet) return noProgress;
  if (!isLive) return plainProgress(log.info, log.debug);
  const write = (text: string) => void Deno.stderr.writeSync(new TextEncoder().encode(text));
  return liveProgress({ write, now, columns });
}
