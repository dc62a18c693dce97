/**
 * Files of environment variables, secrets among them: who may read them, and what stands in them.
 *
 * @module
 */

import { messageOf } from "../../lib/message_of.ts";
import { type Caller, readSecretFile } from "../../lib/secret_file.ts";
import { UsageError } from "../usage_error.ts";
import { problemOfVariable } from "./variables.ts";

/** More than any list of variables needs, in bytes. */
const LARGEST = 1024 * 1024;

/**
 * Reads a file of variables, which must be kept as a secret is: it belongs to root or the caller, others have no access
 * to it, and a group at most reads it where it is the caller's own.
 *
 * @param file Absolute path.
 * @throws {UsageError} that names the file, and what is wrong with it or in which line, but nothing of what stands there.
 */
export async function readEnvFile(file: string, caller: Caller): Promise<Record<string, string>> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await readSecretFile(file, caller, LARGEST);
  } catch (error) {
    throw new UsageError(`Cannot read variables from "${file}": ${messageOf(error)}`);
  }
  return parseEnvFile(bytes, file);
}

/**
 * Reads lines as `NAME=VALUE`, with an optional `export` before it and one pair of quotes around the value. Empty lines
 * and those that begin with `#` are passed over; nothing is expanded. Of two lines for one name the last counts.
 *
 * @param file Its path, for the message.
 * @throws {UsageError} that names each line which cannot be read, but nothing of what stands there.
 */
export function parseEnvFile(bytes: Uint8Array<ArrayBuffer>, file: string): Record<string, string> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`Cannot read variables from "${file}": it is no text in UTF-8`);
  }
  const variables: Record<string, string> = {};
  const problems: string[] = [];
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    const read = readLine(line.trim());
    if (typeof read === "string") problems.push(`line ${index + 1} ${read}`);
    else if (read) {
      Object.defineProperty(variables, read.name, {
        value: read.value,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
  }
  if (problems.length > 0) throw new UsageError(`Cannot read variables from "${file}": ${problems.join("; ")}`);
  return variables;
}

/** The variable of a line, what is wrong with the line, or nothing where it has none. */
function readLine(line: string): { name: string; value: string } | string | undefined {
  if (line === "" || line.startsWith("#")) return undefined;
  const [, name, raw] = /^(?:export[ \t]+)?([^\s=]+)=(.*)$/s.exec(line) ?? [];
  if (name === undefined || raw === undefined || /^\s/.test(raw)) {
    return "must be NAME=VALUE, without blanks around the equals sign";
  }
  const problem = problemOfVariable(name);
  // A name that is none may be a piece of a secret.
  if (problem !== undefined) {
    return /^TF_[A-Z_a-z0-9]+$/.test(name) ? `sets ${name}, which ${problem}` : `names a variable that ${problem}`;
  }
  if (raw.includes("\0")) return "holds a NUL character";
  const quote = /^["']/.exec(raw)?.[0];
  if (quote === undefined) {
    if (/\s#/.test(raw)) {
      return 'must have its value in quotes: a "#" after a blank may be a comment or part of the value';
    }
    return { name, value: raw };
  }
  const value = raw.slice(1, -1);
  if (raw.length < 2 || !raw.endsWith(quote) || value.includes(quote)) {
    return "must have one pair of quotes around the whole value";
  }
  return { name, value };
}
