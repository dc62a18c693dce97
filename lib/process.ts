/**
 * Supervises the process group of a child: ends it in time, and leaves no process of it behind.
 *
 * @module
 */

import { constants } from "node:os";

/** How a child ended. */
export interface Exit {
  /** The child's own exit code; 128 + n where signal n ended it, never 0 then. */
  code: number;
  /** The signal that ended it, whoever sent it. */
  signal?: string;
  /** The stop protocol had begun before the child ended, so the code says nothing about its work. */
  stopped: boolean;
}

/** The waits of the stop protocol, in milliseconds. */
export interface Grace {
  /** From the first SIGTERM to the second. */
  termMs: number;
  /** From the second SIGTERM to SIGKILL. */
  killMs: number;
}

/** The parts of a `Deno.ChildProcess` that {@linkcode superviseGroup} uses. */
export interface Child {
  /** Also the id of its process group. */
  readonly pid: number;
  /** Resolves when the child has ended. */
  readonly status: Promise<{ code: number; signal: Deno.Signal | null }>;
  /** Lets our process end although this child has not. */
  unref?(): void;
}

/** Options of {@linkcode superviseGroup}. */
export interface SuperviseOptions {
  /** Default {@linkcode GRACE}. */
  grace?: Grace;
  /** When it aborts, the group gets SIGKILL at once (the second Ctrl-C). */
  kill?: AbortSignal;
  /** How long the rest of the group may take to end by itself after the child ended, in milliseconds. Default 1000. */
  settleMs?: number;
}

/**
 * Two SIGTERMs some seconds apart: a program may miss the first one while it starts or waits for the network, and may need
 * a few seconds after the second to clean up (terraform 1.11.4 takes 5 s).
 */
export const GRACE: Grace = { termMs: 5000, killMs: 6000 };

/** How long a killed process may hang in the kernel (on a dead NFS mount) before we stop waiting for it. */
const ABANDON_MS = 2000;

const supervised = new Set<number>();

/**
 * Waits for the end of a child that was spawned with `detached: true`, and so leads a process group of its own. When
 * `stop` aborts, the group gets SIGTERM, SIGTERM again, then SIGKILL. When the child has ended, the rest of the group gets
 * SIGKILL: at once after a stop or a death by signal, else after `settleMs`. A process that left the group is out of reach.
 *
 * Returns at most about 3 s after the grace, even if the kernel cannot end the child, which then counts as killed.
 *
 * @throws {Deno.errors.NotCapable} on a signal without unrestricted `--allow-run`
 */
export async function superviseGroup(child: Child, stop: AbortSignal, options: SuperviseOptions = {}): Promise<Exit> {
  const { grace = GRACE, kill, settleMs = 1000 } = options;
  const group = child.pid;
  const timers: ReturnType<typeof setTimeout>[] = [];
  const abandoned = Promise.withResolvers<{ code: number; signal: Deno.Signal }>();
  let stopped = false;

  const killNow = () => {
    stopped = true;
    signalGroup(group, "SIGKILL");
    timers.push(setTimeout(() => {
      child.unref?.();
      abandoned.resolve({ code: 137, signal: "SIGKILL" });
    }, ABANDON_MS));
  };
  const stopNow = () => {
    stopped = true;
    signalGroup(group, "SIGTERM");
    timers.push(setTimeout(() => signalGroup(group, "SIGTERM"), grace.termMs));
    timers.push(setTimeout(killNow, grace.termMs + grace.killMs));
  };

  supervised.add(group);
  try {
    if (kill?.aborted) killNow();
    else if (stop.aborted) stopNow();
    stop.addEventListener("abort", stopNow);
    kill?.addEventListener("abort", killNow);

    const status = await Promise.race([child.status, abandoned.promise]);
    const exit: Exit = { code: status.code, stopped };
    if (status.signal) {
      exit.signal = status.signal;
      exit.code = 128 + constants.signals[status.signal as keyof typeof constants.signals];
    }
    const patience = stopped || status.signal ? 0 : settleMs;
    await emptyGroup(group, patience, () => stop.aborted || kill?.aborted === true);
    return exit;
  } finally {
    stop.removeEventListener("abort", stopNow);
    kill?.removeEventListener("abort", killNow);
    timers.forEach((timer) => clearTimeout(timer));
    supervised.delete(group);
  }
}

/**
 * The last resort before our own uncaught end: sends SIGTERM to every supervised group, blocks for half a second, then sends
 * SIGKILL. Meant for the `error`, `unhandledrejection` and `unload` events of `globalThis`: after an uncaught error
 * `unload` does not fire.
 */
export function killAllGroups(): void {
  if (supervised.size === 0) return;
  for (const group of supervised) signalGroup(group, "SIGTERM");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  for (const group of supervised) signalGroup(group, "SIGKILL");
  supervised.clear();
}

async function emptyGroup(group: number, patienceMs: number, hurry: () => boolean): Promise<void> {
  if (await endsWithin(group, patienceMs, hurry)) return;
  signalGroup(group, "SIGKILL");
  await endsWithin(group, 1000);
}

async function endsWithin(group: number, ms: number, hurry = () => false): Promise<boolean> {
  const end = performance.now() + ms;
  for (let pause = 2; await groupLives(group); pause = Math.min(2 * pause, 50)) {
    if (performance.now() >= end || hurry()) return false;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return true;
}

/**
 * Whether a process of the group still runs. Dead processes stay members until somebody reaps them, which in a container
 * without an init may never happen. A shell reads /proc, because Deno allows that only with `--allow-all`. A line there is
 * "PID (NAME) STATE PPID PGRP …", and a name can hold spaces and brackets.
 */
async function groupLives(group: number): Promise<boolean> {
  if (!signalGroup(group, 0)) return false;
  const script = `for stat in /proc/[0-9]*/stat; do
    { read -r line <"$stat"; } 2>/dev/null || continue
    set -- \${line##*) }
    [ "$3" != ${group} ] || [ "$1" = Z ] || [ "$1" = X ] || exit 0
  done
  exit 1`;
  const command = new Deno.Command("/bin/sh", { args: ["-c", script], stdin: "null", stdout: "null", stderr: "null" });
  const { code } = await command.output().catch(() => ({ code: 0 }));
  return code === 0;
}

/** Sends a signal, and says whether the group has a member, dead or alive. */
function signalGroup(group: number, signal: Deno.Signal | 0): boolean {
  try {
    Deno.kill(-group, signal);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    if (error instanceof Deno.errors.PermissionDenied) return true; // A member has another user.
    throw error;
  }
}
