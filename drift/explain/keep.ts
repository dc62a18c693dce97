/**
 * The ways that bring the code to what reality is. Pure.
 *
 * @module
 */

import { shellWord } from "../../lib/shell_word.ts";
import type { Change } from "../report.ts";
import type { CodeAnswer } from "./code/code_answer.ts";
import type { Way } from "./explanation.ts";
import { commandLine, isPlain } from "./line.ts";

/** The edit of the code that keeps what is there; nothing where none can be offered. */
export function keep({ address }: Change, environment: string, code: CodeAnswer | undefined): Way[] {
  const edit = code?.edit;
  const line = commandLine(["pve-drift", "explain", "--env", environment, address, "--patch"]);
  if (!edit || line === undefined || ![edit.base, edit.patch.replace(/\r?\n|\t/g, "")].every(isPlain)) return [];
  const left = code.attributes.filter(({ whyNot }) => whyNot);
  const dangers = [
    ...left.length > 0 ? [`It does not keep ${left.map(({ path }) => path).join(", ")}: edit that by hand.`] : [],
    ...edit.outputs.length > 0 ? [`Outputs change with it: ${edit.outputs.join(", ")}.`] : [],
  ];
  return [{
    kind: "keep",
    title: "Keep it: write it into the code",
    steps: [
      { kind: "patch", base: edit.base, patch: edit.patch },
      { kind: "command", line: `${line} | git -C ${shellWord(edit.base)} apply` },
    ],
    ...dangers.length > 0 ? { danger: dangers.join(" ") } : {},
  }];
}
