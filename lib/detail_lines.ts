/**
 * What a message of Terraform's says beyond its headline, so that nobody reads a sentence twice. Pure.
 *
 * @module
 */

import { visible } from "./visible.ts";

/** A headline this short may stand in a longer sentence by chance. */
const SHORTEST_SENTENCE = 12;

/** The lines of a message's detail, without those, and without the first sentences, that its summary has told already. */
export function detailLines(detail: string, summary: string): string[] {
  const told = collapsed(summary);
  return detail.split("\n").map((line) => visible(line.trim())).flatMap((line) => {
    const rest = withoutTold(line, told);
    return rest === "" ? [] : [rest];
  });
}

function withoutTold(line: string, told: string): string {
  let rest = line;
  while (rest !== "") {
    const sentence = /^.*?[.!?](?=\s+["'`(]?[A-Z])/.exec(rest)?.[0] ?? rest;
    if (!isTold(collapsed(sentence), told)) break;
    rest = rest.slice(sentence.length).trimStart();
  }
  return rest;
}

function isTold(sentence: string, told: string): boolean {
  return sentence === told || (sentence.length >= SHORTEST_SENTENCE && told.includes(sentence));
}

/** In one line, without the point or colon at its end, which a headline replaces. */
function collapsed(text: string): string {
  return visible(text.replace(/\s+/g, " ").trim()).replace(/[.:]$/, "");
}
