/**
 * What the program says of itself, made from the tables of the command line.
 *
 * @module
 */

import { wrap } from "../../lib/wrap.ts";
import { CHECK, type CommandRow, COMMANDS, type Example } from "../commands/table.ts";
import { operandOf, shownOptions } from "./options.ts";

/** The exit codes and their meaning. */
export const EXIT_CODES: readonly (readonly [code: string, meaning: string])[] = [
  ["0", "every checked environment conforms, and every sink delivered"],
  ["1", "something failed (a check or a sink), and no drift was found"],
  ["2", "drift was found, and nothing failed"],
  ["3", "drift was found, and something failed"],
  ["64", "nothing was checked: an option or the configuration is wrong"],
  ["129, 130, 143", "stopped by SIGHUP, SIGINT or SIGTERM; finished checks are reported"],
  ["141", "as 0, but the reader of the output, as head, left before its end"],
];

/** The commands that people are shown. */
export const SHOWN_COMMANDS: readonly CommandRow[] = (COMMANDS as readonly CommandRow[]).filter(({ help }) => help);

/** The handbook in a checkout, and where the package has it. */
export const HANDBOOK = { checkout: "docs/DRIFT-DETECTION.md", installed: "/usr/share/pve-drift/docs" };

const ABOUT = "Shows where a running Proxmox VE differs from its Terraform code, and who made the difference. " +
  "It never changes anything.";

const MORE = [
  '"pve-drift help" lists commands, options and exit codes.',
  'In a checkout, write "deno task drift" instead of "pve-drift".',
];

/** How wide lines are at most: longer ones are hard to read, however wide the terminal is. */
const WIDEST = 80;
/** A second column that is narrower is hard to read, too. */
const NARROWEST = 40;

/** What a person reads who gives no argument at all: what this is, and three lines to try. */
export function introduction(columns: number): string {
  const lines: Example[] = [
    ["--dry-run", "what a run would say, from recorded plans"],
    ["setup", "go from here to the first message; asks before it writes"],
    ["--all", "check every environment"],
  ];
  return [
    paragraph(`pve-drift: ${ABOUT[0]!.toLowerCase()}${ABOUT.slice(1)}`, columns),
    `\nTry\n${table(lines.map(([line, what]) => [`pve-drift ${line}`, what]), columns)}`,
    "\n",
    ...MORE.map((sentence) => paragraph(sentence, columns)),
  ].join("");
}

/** The text of `help`, for a terminal of that many columns; it ends with a newline. */
export function usage(columns = WIDEST): string {
  const commands = SHOWN_COMMANDS.map(({ name, operands, help }) => [withOperands(name, operands), help!] as const);
  return [
    paragraph(ABOUT, columns),
    section("Usage", "  pve-drift --all | --env NAME [options]\n  pve-drift COMMAND [options]\n"),
    section("Commands", table(commands, columns)),
    section("Options", options("check", columns)),
    section("Exit codes", table(EXIT_CODES, columns)),
    section("Examples", examples(CHECK.examples)),
    section(
      "Learn more",
      table([
        ["pve-drift help COMMAND", "what a command takes, with examples"],
        ["man pve-drift", "all of this, and variables and files"],
        [HANDBOOK.checkout, `the handbook; the package has it in ${HANDBOOK.installed}`],
      ], columns),
    ),
  ].join("");
}

/** The text of `help COMMAND`, for a terminal of that many columns; it ends with a newline. */
export function commandUsage(name: string, columns: number): string {
  const { operands, help, examples: lines = [], chapter = "" } = SHOWN_COMMANDS.find((row) => row.name === name)!;
  return [
    paragraph(`${help![0]!.toUpperCase()}${help!.slice(1)}.`, columns),
    section("Usage", `  pve-drift ${withOperands(name, operands)} [options]\n`),
    section("Options", options(name, columns)),
    lines.length === 0 ? "" : section("Examples", examples(lines)),
    section("Learn more", `  ${HANDBOOK.checkout}${chapter}\n`),
  ].join("");
}

function withOperands(name: string, operands?: string): string {
  return operands === undefined ? name : `${name} ${operands}`;
}

function section(title: string, text: string): string {
  return `\n${title}\n${text}`;
}

function options(command: string, columns: number): string {
  return table(
    shownOptions(command).map((option) => {
      const { name, short, help } = option, operand = operandOf(option);
      return [`${short ? `-${short}, ` : "    "}--${name}${operand ? ` ${operand}` : ""}`, help];
    }),
    columns,
  );
}

function examples(lines: readonly Example[]): string {
  return lines.map(([line, what]) => `  # ${what}\n  pve-drift ${line}\n`).join("");
}

function paragraph(text: string, columns: number): string {
  return wrap(text, Math.min(columns, WIDEST)).map((line) => `${line}\n`).join("");
}

/** Two columns, the second wrapped, or below the first where the terminal is too narrow for both. */
function table(rows: readonly (readonly [left: string, right: string])[], columns: number): string {
  const beside = 2 + Math.max(...rows.map(([left]) => left.length)) + 2, width = Math.min(columns, WIDEST);
  const isNarrow = width - beside < NARROWEST, indent = isNarrow ? 6 : beside;
  return rows.map(([left, right]) => {
    const [first, ...rest] = wrap(right, width - indent).map((line) => " ".repeat(indent) + line);
    return [...isNarrow ? [`  ${left}`, first] : [`  ${left}`.padEnd(indent) + first!.trimStart()], ...rest, ""].join(
      "\n",
    );
  }).join("");
}
