/**
 * The programs of the machine that `setup` asks and tells: systemd, and those that change to the service's user.
 *
 * @module
 */

import { findProgram } from "../../lib/find_program.ts";
import { messageOf } from "../../lib/message_of.ts";

/** The user and group of the shipped units. */
export const SERVICE_USER = "pve-drift";

/** The PATH of the shipped units. */
export const SERVICE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** How a program ended. */
export interface Ran {
  /** Exit code; 127 where there is no such program. */
  code: number;
  /** What it wrote to stdout, or to stderr where it failed. */
  said: string;
}

/** Runs a program of the machine to its end; nobody answers what it may ask. */
export type Machine = (program: string, ...args: string[]) => Promise<Ran>;

/** The machine as it is. */
export async function realMachine(program: string, ...args: string[]): Promise<Ran> {
  try {
    // "su" leaves root without the folders of its own programs.
    const path = await findProgram(program, SERVICE_PATH);
    const { code, stdout, stderr } = await new Deno.Command(path, { args, stdin: "null", env: { LC_ALL: "C" } })
      .output();
    return { code, said: new TextDecoder().decode(code === 0 ? stdout : stderr).trim() };
  } catch (error) {
    return { code: 127, said: messageOf(error) };
  }
}

/** Runs a command that must end well; its error names the command and what it said. */
export async function must(machine: Machine, [program, ...args]: readonly string[]): Promise<void> {
  const { code, said } = await machine(program!, ...args);
  if (code !== 0) throw new Error(`Cannot run "${shellLine([program!, ...args])}": ${said}`);
}

/** The commands that let the service's group read a folder and all below it. */
export function opening(root: string): string[][] {
  return [["chgrp", "-R", SERVICE_USER, root], ["chmod", "-R", "g+rX", root]];
}

/** A command line as a shell reads it back. */
export function shellLine(words: readonly string[]): string {
  return words.map((word) => /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`).join(" ");
}
