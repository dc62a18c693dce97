/**
 * Which deprecations are news: each is told once for each version of the providers, as the code can only follow when
 * somebody works on it. Pure.
 *
 * @module
 */

import { saltedHash } from "../../lib/salted_hash.ts";
import type { Diagnostic } from "../report.ts";

/** What a check remembers of deprecations. */
export interface KnownDeprecations {
  /** Provider source to version. */
  providers: Record<string, string>;
  /** Salted hashes of those that were told with these providers. */
  deprecations?: string[];
}

/** Says of each deprecation among the warnings whether it is new; the others stay as they are. */
export function recallDeprecations(
  warnings: Diagnostic[],
  known: KnownDeprecations | undefined,
  providers: Record<string, string>,
  salt: string,
): Diagnostic[] {
  const told = new Set(known && isSame(known.providers, providers) ? known.deprecations : []);
  return warnings.map((one) =>
    one.deprecation ? { ...one, deprecation: { isNew: !told.has(hashOf(one, salt)) } } : one
  );
}

/** What is to be remembered after these warnings: with the same providers also what was known before. */
export function deprecationsToRemember(
  warnings: Diagnostic[],
  known: KnownDeprecations | undefined,
  providers: Record<string, string>,
  salt: string,
): string[] {
  const before = known && isSame(known.providers, providers) ? known.deprecations ?? [] : [];
  const now = warnings.filter(({ deprecation }) => deprecation).map((one) => hashOf(one, salt));
  return [...new Set([...before, ...now])];
}

function isSame(one: Record<string, string>, other: Record<string, string>): boolean {
  const text = (versions: Record<string, string>) => JSON.stringify(Object.entries(versions).sort());
  return text(one) === text(other);
}

/** Numbers in the text, as of objects that it is about, make no new deprecation. */
function hashOf({ summary, detail }: Diagnostic, salt: string): string {
  const text = JSON.stringify([summary, detail.replace(/\d+/g, "#")]);
  return saltedHash(salt, text);
}
