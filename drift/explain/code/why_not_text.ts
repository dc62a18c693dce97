/**
 * Why no edit of the code is offered, in plain words. Pure.
 *
 * @module
 */

import type { Place, WhyNot } from "./code_answer.ts";

/** One or two sentences without a full stop at the end. */
export function whyNotText(whyNot: WhyNot): string {
  switch (whyNot.reason) {
    case "hidden-value":
      return "A value is masked, not known before an apply, or holds characters that cannot be written safely";
    case "action":
      return ACTIONS[whyNot.action] ?? "No edit of a value would keep what is there";
    case "no-block":
      return `No file in the folder has a block ${whyNot.address}`;
    case "fetched-module":
      return `Module "${whyNot.module}" is not in this checkout: it comes from "${whyNot.source}"`;
    case "unreadable":
      return `Cannot read ${at(whyNot)}`;
    case "json":
      return `The value may stand in ${whyNot.file}, and code in JSON is not edited here`;
    case "shared-file":
      return `${whyNot.file} is a link, or outside of the environment's folder: others may use it too`;
    case "shared-folder":
      return `Others use the file too: ${whyNot.environments.join(", ")}`;
    case "shared-value":
      return `An edit would change more: the value is read in ${whyNot.readers.map(reader).join(", ")} as well`;
    case "several-instances":
      return "The value stands there for several instances at once, and an edit would change all of them";
    case "computed":
      return "Terraform works the value out from there on";
    case "dynamic-block":
      return `A dynamic block makes each "${whyNot.block}"`;
    case "environment-variable":
      return `The value comes from the environment variable TF_VAR_${whyNot.variable}`;
    case "no-value":
      return `No file gives the variable "${whyNot.variable}" a value`;
    case "no-clean-edit":
      return "No edit at this place says what is there and nothing else";
    case "other-value":
      return "The code says another value than the finding does: check again";
    case "unclear-block":
      return `It is not clear which block "${whyNot.block}" is meant`;
  }
}

const ACTIONS: Record<string, string> = {
  create: "The object is not there: to keep that, take its block out of the code",
  delete: "The code does not have the object",
};

function at({ file, line }: { file: string; line?: number }): string {
  return line === undefined ? file : `${file}, line ${line}`;
}

function reader({ file, line, name }: Place): string {
  return `${name === undefined ? "" : `${name}, `}${file}:${line}`;
}
