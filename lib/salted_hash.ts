/**
 * Hashes for what is remembered of a value that nobody may read.
 *
 * @module
 */

import { createHash } from "node:crypto";

/** The SHA-256 of a salt and a text, in base64. */
export function saltedHash(salt: string, text: string): string {
  return createHash("sha256").update(salt).update(text).digest("base64");
}
