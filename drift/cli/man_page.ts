/**
 * The manual page, made from the tables of the command line: `deno task man` writes docs/pve-drift.1.
 *
 * @module
 */

import project from "../../deno.json" with { type: "json" };
import { CHECK } from "../commands/table.ts";
import { EXIT_CODES, SHOWN_COMMANDS } from "./help.ts";
import { operandOf, shownOptions } from "./options.ts";

const ENVIRONMENT = [
  ["JOB_COMPLETION_INDEX", "the shard for --shard auto/N, counted from 0; Kubernetes sets it in an Indexed Job"],
  ["STATE_DIRECTORY", "folder of the memory, unless the configuration names one; systemd sets it"],
  ["CREDENTIALS_DIRECTORY", "folder of the files telegram-token, proxmox-token and heartbeat-url; systemd sets it"],
  ["TELEGRAM_BOT_TOKEN, TELEGRAM_CHAT_ID", "bot token and chat of the sink telegram"],
  ["PVE_DRIFT_HEARTBEAT_URL", "address of the sink heartbeat"],
  ["PVE_DRIFT_PROXMOX_TOKEN", "token of the second witness, USER@REALM!ID=UUID, where there is one cluster"],
  ["SSL_CERT_FILE", "authorities that vouch for Proxmox, unless the configuration names some or a fingerprint"],
  ["NO_COLOR", "if set, no colors, unless --color is always"],
  ["XDG_STATE_HOME", "folder of memory and log files if /var is not writable (default: ~/.local/state)"],
] as const;

const FILES = [
  ["./pve-drift.json, /etc/pve-drift/pve-drift.json", "the configuration: the first of these that exists"],
  ["/var/lib/pve-drift", "memory of earlier runs"],
  ["/var/log/pve-drift", "log files, one for each environment and day"],
  ["/var/lib/prometheus/node-exporter/pve_drift.prom", "metrics"],
] as const;

/** The text of docs/pve-drift.1, in the language of man(7). */
export function manPage(): string {
  const options = shownOptions().map((option) => {
    const { name, short, value, choices = [], help } = option;
    const operand = choices.length > 0 && operandOf(option) !== value
      ? choices.map(bold).join("|")
      : value === undefined
      ? ""
      : italic(value);
    const flag = `${short ? `${bold(`-${short}`)}, ` : ""}${bold(`--${name}`)}`;
    return tagged(operand ? `${flag} ${operand}` : flag, help);
  });
  const commands = SHOWN_COMMANDS.map(({ name, operands = "", help }) =>
    tagged(`${bold(name)} ${escaped(operands)}`.trimEnd(), help!)
  );
  const examples = [...CHECK.examples, ...SHOWN_COMMANDS.flatMap(({ examples }) => examples ?? [])];
  const list = (rows: readonly (readonly [string, string])[]) =>
    rows.map(([what, help]) => tagged(bold(what), help)).join("");
  return `.\\" Made by "deno task man" from the program's own tables: change those.
.TH PVE\\-DRIFT 1 "" "pve\\-drift ${escaped(project.version)}" "User Commands"
.SH NAME
pve\\-drift \\- show how a running Proxmox VE differs from its Terraform code
.SH SYNOPSIS
.B pve\\-drift
.RI [ options ]
.br
.B pve\\-drift
.I command
.RI [ options ]
.SH DESCRIPTION
Compares Terraform or OpenTofu environments with what really runs. For each difference it shows the object, the attribute,
both values, and who made the difference: somebody by hand, the code, or both.
It never applies anything, and a check that could not be completed never looks like a clean one.
.PP
Results go to standard output, everything else to standard error.
.SH OPTIONS
${options.join("")}.SH COMMANDS
Without a command, pve\\-drift checks environments.
${commands.join("")}.SH EXIT STATUS
${list(EXIT_CODES)}.SH ENVIRONMENT
Terraform gets the whole environment, and with it the credentials of backends and providers.
${list(ENVIRONMENT)}.SH FILES
${list(FILES)}.SH EXAMPLES
${examples.map(([line, what]) => tagged(bold(`pve-drift ${line}`), what)).join("")}.SH SEE ALSO
.BR terraform (1),
.BR systemd.timer (5)
`;
}

/** A term and what it means, as a sentence. */
function tagged(term: string, help: string): string {
  return `.TP\n${term}\n${escaped(`${help[0]!.toUpperCase()}${help.slice(1)}`.replace(/(?<![.])$/, "."))}\n`;
}

function bold(text: string): string {
  return `\\fB${escaped(text)}\\fR`;
}

function italic(text: string): string {
  return `\\fI${escaped(text)}\\fR`;
}

/** Text that roff takes as it is: hyphens that can be copied, no escapes, and no request at the start of a line. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^(?=[.'])/gm, "\\&");
}

if (import.meta.main) {
  await Deno.writeTextFile(new URL("../../docs/pve-drift.1", import.meta.url), manPage());
}
