/**
 * The address of a dead man's switch. Whoever knows it can keep the switch silent, so it is a secret: it comes from a
 * file, a systemd credential or the environment, and is shown nowhere.
 *
 * @module
 */

import { join } from "node:path";
import { decodeText } from "../../lib/decode_text.ts";
import { messageOf } from "../../lib/message_of.ts";
import { type Caller, readSecretFile } from "../../lib/secret_file.ts";

/** Where the address may be. */
export interface AddressSources {
  /** Path of the file that the configuration names; then nothing else is looked at. */
  urlFile?: string;
  /** Reads a variable of the environment. */
  env: (name: string) => string | undefined;
  /** Whose process reads the file. */
  caller: Caller;
}

/** An address, and where it came from. */
export interface Address {
  /** A secret. */
  url: URL;
  /** In words, as `file "/etc/pve-drift/heartbeat-url"`. */
  from: string;
}

const CREDENTIAL = "heartbeat-url";
/** Where the shipped units let systemd look for it. */
const CREDENTIAL_FILE = "/etc/credstore/pve-drift.heartbeat-url";
const VARIABLE = "PVE_DRIFT_HEARTBEAT_URL";
const LARGEST = 4096;
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/**
 * Finds the address.
 *
 * @throws {Error} that says where it was looked for and what to do, and nothing of the address
 */
export async function findAddress({ urlFile, env, caller }: AddressSources): Promise<Address> {
  if (urlFile !== undefined) {
    return await readAddress(`file "${urlFile}"`, () => readSecretFile(urlFile, caller, LARGEST));
  }
  const folder = env("CREDENTIALS_DIRECTORY");
  const path = folder ? join(folder, CREDENTIAL) : undefined;
  // systemd keeps the folder to itself and the service.
  if (path !== undefined && await Deno.stat(path).then(() => true, () => false)) {
    return await readAddress(`credential "${CREDENTIAL}"`, () => Deno.readFile(path));
  }
  const value = env(VARIABLE);
  if (value?.trim()) return addressIn(value, `variable ${VARIABLE}`);
  throw new Error(
    `Cannot find the address of the heartbeat: "urlFile" names no file, systemd gave no credential "${CREDENTIAL}" ` +
      `(it takes it from "${CREDENTIAL_FILE}"), and the variable ${VARIABLE} is not set`,
  );
}

async function readAddress(from: string, read: () => Promise<Uint8Array>): Promise<Address> {
  const bytes = await read().catch((cause) => {
    throw new Error(`Cannot read the address of the heartbeat from ${from}: ${messageOf(cause)}`, { cause });
  });
  return addressIn(decodeText(bytes), from);
}

function addressIn(text: string, from: string): Address {
  const value = text.trim();
  const refusal = (wanted: string) => new Error(`Cannot use the address of the heartbeat from ${from}: ${wanted}`);
  if (/\s/.test(value) || !URL.canParse(value)) {
    const found = value === "" ? "nothing" : `${value.length} characters of another form`;
    throw refusal(`it must be like "https://hc-ping.com/UUID" and stand alone, got ${found}`);
  }
  const url = new URL(value);
  const isSafe = url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.test(url.hostname));
  if (!isSafe) throw refusal("it must begin with https://, or everybody on the way could read it");
  return { url, from };
}
