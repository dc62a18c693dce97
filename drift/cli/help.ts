/**
 * The usage text, made from the tables of the command line.
 *
 * @module
 */

import { wrap } from "../../lib/wrap.ts";
import { type CommandRow, COMMANDS } from "../commands/table.ts";
import { type CliOption, OPTIONS } from "./options.ts";

/** The exit codes and their meaning. */
export const EXIT_CODES: readonly (readonly [code: string, meaning: string])[] = [
  ["0", "every checked environment conforms, and every sink delivered"],
  ["1", "something failed (a check or a sink), and no drift was found"],
  ["2", "drift was found, and nothing failed"],
  ["3", "drift was found, and something failed"],
  ["64", "nothing was checked: an option or the configuration is wrong"],
  ["129, 130, 143", "stopped by SIGHUP, SIGINT or SIGTERM; finished checks are reported"],
];

/** The text that `--help` prints: at most 80 columns, with a newline at its end. */
export function usage(): string {
  const options = (OPTIONS as readonly CliOption[]).map(({ name, short, value, choices, help }) => {
    const operand = choices?.join("|") ?? value;
    return [`${short ? `-${short}, ` : ""}--${name}${operand ? ` ${operand}` : ""}`, help] as const;
  });
  const commands = (COMMANDS as readonly CommandRow[]).flatMap(({ name, operands, help }) =>
    help === undefined ? [] : [[`${name} ${operands ?? ""}`, help] as const]
  );
  return `Usage: pve-drift [options]             check environments for drift
       pve-drift COMMAND [options]     from a checkout: deno task drift ...

Shows where a running Proxmox differs from its Terraform code, and who made the
difference. It never changes anything.

Options
${table(options)}
Commands
${table(commands)}
Exit codes
${table(EXIT_CODES)}`;
}

/** Two columns, the second wrapped. */
function table(rows: readonly (readonly [left: string, right: string])[]): string {
  const indent = 2 + Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.map(([left, right]) => {
    const lines = wrap(right, 80 - indent);
    return lines.map((line, i) => `${i === 0 ? `  ${left}`.padEnd(indent) : " ".repeat(indent)}${line}\n`).join("");
  }).join("");
}
