/**
 * Which findings somebody asks about. Pure.
 *
 * @module
 */

import { matchesGlob } from "../../lib/glob.ts";
import { hintAt } from "../../lib/nearest.ts";
import { visible } from "../../lib/visible.ts";
import { UsageError } from "../usage_error.ts";
import { addressOf } from "./explain.ts";
import type { Subject } from "./explanation.ts";

/**
 * The findings at an address: as the report has it, with `*` for anything, or of a guest its number. Quotes do not count,
 * since a shell takes some of them away.
 *
 * @throws {UsageError} that lists the addresses that have findings, where none is meant
 */
export function findingsAt(subjects: readonly Subject[], asked: string): Subject[] {
  const wanted = withoutQuotes(asked);
  const found = subjects.filter((subject) => namesOf(subject).some((name) => matchesGlob(wanted, withoutQuotes(name))));
  if (found.length > 0) return found;
  const known = [...new Set(subjects.flatMap((subject) => addressOf(subject) ?? []))];
  if (known.length === 0) throw new UsageError(`Cannot explain "${asked}": no resource has a finding`);
  const listed = known.map((address) => `\n  ${visible(address)}`).join("");
  throw new UsageError(`Cannot explain "${asked}": ${hintAt(asked, known)}Findings are at${listed}`);
}

/** The address, and of a guest its number and its kind with the number. */
function namesOf(subject: Subject): string[] {
  const address = addressOf(subject);
  const identity = subject.kind === "change" ? subject.change.identity : undefined;
  const guest = subject.kind === "guest" ? `${subject.guest.id}` : undefined;
  return [address, guest, ...identity ? [identity.id, `${identity.kind}/${identity.id}`] : []].filter((name) =>
    name !== undefined
  );
}

function withoutQuotes(text: string): string {
  return text.replace(/["'\\]/g, "");
}
