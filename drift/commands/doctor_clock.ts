/**
 * Whether the clock can be right.
 *
 * @module
 */

import { join } from "node:path";
import { formatDuration } from "../../lib/duration.ts";
import type { DoctorFinding } from "./doctor_text.ts";

/** Certificates of servers are not valid yet for such a clock. */
const EARLIEST = Date.UTC(2024, 0);
const SKEW_MS = 60_000;

/** Asks nobody by itself: what others said anyway must do. `clocks` holds, by whose they are, how many milliseconds they are ahead of ours. */
export async function aboutClock(
  stateDir: string,
  clocks: Record<string, number>,
  now: () => number,
): Promise<DoctorFinding> {
  const time = new Date(now()).toISOString();
  const cure = 'What to do: set the clock ("timedatectl set-ntp true"), and look with "timedatectl" whether it holds';
  if (now() < EARLIEST) {
    return {
      state: "failed",
      text: `Clock: ${time} is in the past: no server's certificate is valid yet`,
      more: [cure],
    };
  }
  const wrong = Object.entries(clocks).filter(([, ahead]) => Math.abs(ahead) > SKEW_MS).map(([whose, ahead]) =>
    `${formatDuration(Math.abs(ahead))} ${ahead > 0 ? "behind" : "ahead of"} ${whose}`
  );
  const newest = await newestIn(join(stateDir, "memory"));
  if (newest - now() > SKEW_MS) wrong.push(`${formatDuration(newest - now())} behind the last check`);
  if (wrong.length > 0) return { state: "warning", text: `Clock: ${time} is ${wrong.join(", ")}`, more: [cure] };
  return { state: "ok", text: `Clock: ${time}` };
}

/** When a file of a folder was last written, milliseconds since 1970; 0 where there is none. */
async function newestIn(folder: string): Promise<number> {
  try {
    const times = await Array.fromAsync(
      Deno.readDir(folder),
      async ({ name }) => (await Deno.stat(join(folder, name))).mtime,
    );
    return Math.max(0, ...times.map((time) => time?.getTime() ?? 0));
  } catch {
    return 0;
  }
}
