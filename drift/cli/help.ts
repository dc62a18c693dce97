/**
 * The usage text, made from the tables of the command line.
 *
 * @module
 */

import { wrap } from "../../lib/wrap.ts";
import { type CommandRow, COMMANDS } from "../commands/table.ts";
import { type CliOption, OPTIONS } from "./options.ts";

/** What each exit code means. */
export const EXIT_CODES: readonly (readonly [code: string, meaning: string])[] = [
  ["0", "every asked environment conforms and every sink delivered"],
  ["1", "something failed (a check or a sink), and no drift was found"],
  ["2", "drift, nothing failed"],
  ["3", "drift, and something failed"],
  ["64", "usage or configuration error"],
  ["129, 130, 143", "stopped by SIGHUP, SIGINT, SIGTERM; what was finished is reported"],
];

/** The text that `--help` prints: 80 columns at most, a newline at its end. */
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

Says where Terraform environments and the running Proxmox differ, and who made
the difference. Changes nothing.

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
