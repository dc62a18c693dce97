/**
 * What a command takes, with all processes that it starts.
 *
 * @module
 */

/** What a command took. */
export interface Took {
  /** By the clock. */
  seconds: number;
  /** Processor time, user and system, of the command and of the processes below it. */
  processorSeconds: number;
  /** Largest resident memory of all processes together, looked at every 50 ms. */
  megabytes: number;
  /** Largest resident memory of the command's own process. */
  ownMegabytes: number;
}

/** Clock ticks a second in `/proc`, on every Linux. */
const TICKS = 100;

/** Runs a command, its output thrown away, and nothing beside it. @throws {Error} if it ends with another code. */
export async function measured(
  command: string,
  args: readonly string[],
  options: Deno.CommandOptions,
  codes: readonly number[],
): Promise<Took> {
  const before = endedChildrenSeconds(), began = performance.now();
  const child = new Deno.Command(command, {
    ...options,
    args: [...args],
    ...{ stdin: "null", stdout: "null", stderr: "null" },
  }).spawn();
  let megabytes = 0, ownMegabytes = 0;
  const timer = setInterval(() => {
    megabytes = Math.max(megabytes, memoryBelow(child.pid));
    ownMegabytes = peakOf(child.pid) ?? ownMegabytes;
  }, 50);
  const { code } = await child.status;
  const seconds = (performance.now() - began) / 1000;
  clearInterval(timer);
  if (!codes.includes(code)) throw new Error(`"${command} ${args.join(" ")}" ended with ${code}`);
  return { seconds, processorSeconds: endedChildrenSeconds() - before, megabytes, ownMegabytes };
}

/** The middle one of an odd number of values. */
export function median<T>(list: readonly T[], of: (one: T) => number): number {
  return list.map(of).sort((a, b) => a - b)[Math.floor(list.length / 2)]!;
}

/** The fields of `/proc/PID/stat` after the name. */
function statOf(pid: string): string[] {
  return Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /s, "").split(" ");
}

/** Processor time of our ended children, and of theirs. */
function endedChildrenSeconds(): number {
  const fields = statOf("self");
  return (Number(fields[13]) + Number(fields[14])) / TICKS;
}

function peakOf(pid: number): number | undefined {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`)) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024 / 1e6;
  } catch {
    return undefined; // it has just ended
  }
}

/** Resident memory of a process and all below it, in MB. */
function memoryBelow(root: number): number {
  const parents = new Map<number, number>(), pages = new Map<number, number>();
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const fields = statOf(name);
      parents.set(Number(name), Number(fields[1]));
      pages.set(Number(name), Number(fields[21]));
    } catch {
      // it has just ended
    }
  }
  const isBelow = (pid: number): boolean => pid === root || (parents.has(pid) && isBelow(parents.get(pid)!));
  return [...pages].filter(([pid]) => isBelow(pid)).reduce((sum, [, count]) => sum + count, 0) * 4096 / 1e6;
}
