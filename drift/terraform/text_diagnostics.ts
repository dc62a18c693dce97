/**
 * The text form of Terraform's and OpenTofu's diagnostics, read back.
 *
 * @module
 */

import type { Diagnostic } from "../report.ts";

// deno-lint-ignore no-control-regex
const ESCAPES = /\x1b\[[0-9;]*[A-Za-z]/g;
const START = /^(Error|Warning): (.*)$/;
const LOCATION = /^ {2}on .+ line \d+.*:$/;
// `  14: resource …`, and the values that Terraform lists below it: they may be secret.
const SNIPPET = /^(?:\s*\d+:(?: |$)|\s+[├│]|\s+\(source code not available\))/;
const CLOSING =
  /\n*(?:Planning failed\. \S+ encountered an error while generating this plan\.|Operation failed: .*)\s*$/;
const ANNOUNCING =
  /^(?:There are some problems with the (?:CLI )?configuration:|As a result of the above problems, .* may not behave as intended\.)$/;
/** Terraform wraps at 78 columns less its frame; a line that long was cut for want of room, a shorter one on purpose. */
const WRAPPED = 74;

/** The text without terminal colors. */
export function withoutColors(text: string): string {
  return text.replace(ESCAPES, "");
}

/**
 * Reads the `Error: …` and `Warning: …` blocks of what Terraform or OpenTofu prints without `-json`, with and without
 * frames and colors. Wrapped paragraphs are joined; the source snippet is dropped, because it may show secrets, and its
 * place stands at the end of `detail` (`on main.tf line 3`). Text that is no such block is passed over.
 *
 * The form is that of terraform 1.11 and OpenTofu 1.12 (`internal/command/format/diagnostic.go`).
 */
export function parseTextDiagnostics(text: string): Diagnostic[] {
  return read(text).found;
}

/** What stands before and between such blocks, without the lines that only announce blocks. */
export function outsideOfDiagnostics(text: string): string {
  return read(text).outside.filter((line) => !ANNOUNCING.test(line)).join("\n").trim();
}

function read(text: string): { found: Diagnostic[]; outside: string[] } {
  const found: Diagnostic[] = [];
  const outside: string[] = [];
  let severity: Diagnostic["severity"] = "error";
  let block: string[] | undefined;
  let framed = false;
  let afterBlank = true;
  const close = () => {
    if (block) found.push(toDiagnostic(severity, block));
    block = undefined;
  };
  for (const raw of withoutColors(text).split(/\r?\n/)) {
    if (/^\s*[╷╵]\s*$/.test(raw)) {
      close();
      framed = raw.includes("╷");
      afterBlank = true;
      continue;
    }
    const line = framed ? raw.replace(/^\s*│ ?/, "") : raw;
    // Inside a frame a further "Error: " is the provider's own text; without frames a blank line has to part them.
    const start = afterBlank && !(framed && block) ? START.exec(line) : null;
    if (start) {
      close();
      severity = start[1] === "Error" ? "error" : "warning";
      block = [start[2] ?? ""];
    } else (block ?? outside).push(line);
    afterBlank = line.trim() === "";
  }
  close();
  return { found, outside };
}

function toDiagnostic(severity: Diagnostic["severity"], block: string[]): Diagnostic {
  const blank = block.indexOf("");
  const summary = (blank < 0 ? block : block.slice(0, blank)).join("\n").trim();
  let address: string | undefined;
  let place = "";
  const detail: string[] = [];
  for (const line of blank < 0 ? [] : block.slice(blank + 1)) {
    if (place === "" && detail.join("") === "") {
      const at = /^ {2}with (.+),$/.exec(line);
      if (at) {
        address = at[1];
        continue;
      }
    }
    if (LOCATION.test(line)) place = line.trim().replace(/:$/, "");
    else if (!(place !== "" && detail.join("") === "" && SNIPPET.test(line))) detail.push(line);
  }
  const body = unwrap(detail).trim().replace(CLOSING, "");
  return {
    severity,
    summary,
    detail: [body, place].filter((part) => part !== "").join("\n\n"),
    ...(address === undefined ? {} : { address }),
  };
}

function unwrap(lines: string[]): string {
  let text = "";
  let last = "";
  for (const line of lines) {
    const room = last.length + 1 + (/^\S*/.exec(line)?.[0].length ?? 0);
    const joins = last !== "" && line !== "" && !/^\s/.test(line) && !/^\s/.test(last) && room > WRAPPED;
    text += joins ? ` ${line}` : `\n${line}`;
    last = line;
  }
  return text;
}
