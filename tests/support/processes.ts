/**
 * What runs on this machine, read from `/proc`: `ps` and `pgrep` are not on every machine, and cut their lines where
 * COLUMNS says so.
 *
 * @module
 */

/** One process that lives. */
export interface Process {
  /** Its id. */
  pid: number;
  /** Id of its process group. */
  group: number;
  /** Its words, joined by blanks, as they were given. */
  command: string;
}

/** Deno itself reads below `/proc` only where it may do everything. */
const READ_ALL = "head -v -c 100000 /proc/[0-9]*/stat /proc/[0-9]*/cmdline 2>/dev/null";

/** Every process but the dead that nobody has reaped yet. */
export async function processes(): Promise<Process[]> {
  const { stdout } = await new Deno.Command("sh", { args: ["-c", READ_ALL], stdin: "null" }).output();
  const files = new Map<string, string>();
  for (const part of new TextDecoder().decode(stdout).split(/^==> \/proc\//m).slice(1)) {
    const [, name, text] = /^(\d+\/\w+) <==\n(.*)$/s.exec(part)!;
    files.set(name!, text!);
  }
  return [...files].filter(([name]) => name.endsWith("/stat")).flatMap(([name, stat]) => {
    // The program's name stands in parentheses, and may hold some itself.
    const [state, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const pid = Number.parseInt(name), words = files.get(`${pid}/cmdline`);
    if (state === "Z" || state === "X" || words === undefined) return [];
    return [{ pid, group: Number(group), command: words.replaceAll("\0", " ").trim() }];
  });
}

/** Every process whose command line holds a text. */
export async function processesOf(text: string): Promise<Process[]> {
  return (await processes()).filter(({ command }) => command.includes(text));
}

/**
 * Sends a signal to the process of an id that a program has printed.
 *
 * @throws where that is no id (0 and NaN would reach this process's own group), or nothing runs under it
 */
export function killPrinted(pid: string | undefined, signal: Deno.Signal): void {
  if (!/^[1-9]\d*$/.test(pid?.trim() ?? "")) throw new Error(`Cannot send ${signal}: "${pid}" is no process id`);
  Deno.kill(Number(pid), signal);
}
