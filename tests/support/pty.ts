/**
 * Runs a program in a real terminal, as wide as a test wants it: `script` of util-linux, which Debian always has, makes it.
 *
 * @module
 */

import { shellWord } from "../../lib/shell_word.ts";
import { DRIFT, run, testWith } from "./programs.ts";

/** What a program left on the screen. */
export interface Screen {
  /** Exit code; that of a shell, 128 and the signal's number, where a signal ended it. */
  code: number;
  /** Everything it printed on stdout and stderr, in that order of time; lines end with `\n`, colors stay in it. */
  text: string;
}

/** Where and how a program runs. */
export interface TerminalOptions {
  /** How wide the terminal is, in characters. */
  columns: number;
  /** The working directory; default: that of the test. */
  cwd?: string;
  /** Variables besides the inherited ones. */
  env?: Record<string, string>;
}

/** A test that needs a terminal: it is skipped, with the reason in its title, where there is no `script`. */
export function testTerminal(title: string, fn: (test: Deno.TestContext) => void | Promise<void>): void {
  testWith(["script", "stty"], title, fn);
}

/** Runs a program in a terminal to its end. Nobody types anything: what it reads from the terminal has ended. */
export async function runInTerminal(
  command: string,
  args: readonly string[],
  { columns, cwd, env = {} }: TerminalOptions,
): Promise<Screen> {
  const line = `stty rows 50 cols ${columns} && exec ${[command, ...args].map(shellWord).join(" ")}`;
  const { code, stdout } = await run("script", ["--quiet", "--return", "--command", line, "/dev/null"], {
    ...cwd === undefined ? {} : { cwd },
    env: { SHELL: "/bin/sh", TERM: "xterm-256color", ...env },
  });
  return { code, text: stdout.replaceAll("\r\n", "\n") };
}

/** Runs pve-drift, from source, in a terminal. */
export async function runDriftInTerminal(args: readonly string[], options: TerminalOptions): Promise<Screen> {
  return await runInTerminal(Deno.execPath(), [...DRIFT, ...args], options);
}
