/**
 * How a cluster is reached as its configuration says: where its token and its authorities' certificates are found.
 *
 * @module
 */

import { join } from "node:path";
import { decodeText } from "../decode_text.ts";
import { messageOf } from "../message_of.ts";
import { refuseIfUntrusted } from "../ownership.ts";
import { type Caller, readSecretFile } from "../secret_file.ts";
import type { Trust } from "./proxmox_api.ts";

/** How a cluster is reached. Paths are absolute. */
export interface Access {
  /** Its servers, as `https://pve1:8006`. */
  endpoints: string[];
  /** Where the token is: in a file, else in one of systemd's credentials, else in a variable. */
  token: { file?: string; credential: string; variable?: string };
  /** Path of the authorities' certificates. */
  ca?: string;
  /** SHA-256 fingerprints of the servers' certificates. */
  fingerprints?: string[];
  /** No certificate is checked. */
  insecure: boolean;
  /** The most time for a question, in milliseconds. */
  timeoutMs: number;
}

/** What of the process matters to an access. */
export interface AccessHost extends Caller {
  /** Environment variables. */
  env: Record<string, string>;
}

/** Something that an access needs is missing or cannot be used; the message says what to do. */
export class AccessError extends Error {}

/** A token, and what the servers must prove themselves by. */
export interface Credentials {
  /** A secret. */
  token: string;
  /** Where the token was found, in words. */
  from: string;
  /** How the servers prove themselves. */
  trust: Trust;
}

/** `USER@REALM!ID=UUID`, where a user may have an `@` of its own; a header carries nothing but ASCII. */
const TOKEN =
  /^(?=[!-~]+$)[^\s:/!=]+@[A-Za-z][\w.-]*![A-Za-z][\w.-]*=[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const LARGEST_TOKEN = 4096, LARGEST_CA = 4 * 1024 * 1024;

/**
 * Reads the token, and the certificates where there are some. Where nothing says how the servers prove themselves,
 * `SSL_CERT_FILE` names the authorities, as everywhere.
 *
 * @throws {AccessError} that says what cannot be read and what to do, and nothing of a token
 */
export async function findCredentials(access: Access, host: AccessHost): Promise<Credentials> {
  const { token, from } = await findToken(access.token, host);
  return { token, from, trust: await trustOf(access, host) };
}

async function findToken(
  { file, credential, variable }: Access["token"],
  host: AccessHost,
): Promise<Pick<Credentials, "token" | "from">> {
  if (file !== undefined) {
    return await readToken(`file "${file}"`, () => readSecretFile(file, host, LARGEST_TOKEN));
  }
  const folder = host.env.CREDENTIALS_DIRECTORY;
  const path = folder ? join(folder, credential) : undefined;
  // systemd keeps the folder to itself and the service.
  if (path !== undefined && await Deno.stat(path).then(() => true, () => false)) {
    return await readToken(`credential "${credential}"`, () => Deno.readFile(path));
  }
  const value = variable === undefined ? undefined : host.env[variable]?.trim();
  if (value) return { token: checkedToken(value, `variable ${variable}`), from: `variable ${variable}` };
  const ways = [
    'set "tokenFile"',
    `give systemd the credential "${credential}"`,
    ...variable === undefined ? [] : [`set ${variable}`],
  ];
  throw new AccessError(`Cannot find the token for Proxmox: ${ways.slice(0, -1).join(", ")} or ${ways.at(-1)}`);
}

async function readToken(from: string, read: () => Promise<Uint8Array>): Promise<Pick<Credentials, "token" | "from">> {
  const bytes = await read().catch((cause) => {
    throw new AccessError(`Cannot read the token for Proxmox from ${from}: ${messageOf(cause)}`, { cause });
  });
  return { token: checkedToken(decodeText(bytes).trim(), from), from };
}

/** Whether a text has the form of a token. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

function checkedToken(text: string, from: string): string {
  if (isToken(text)) return text;
  const found = text === "" ? "nothing" : `${text.length} characters of another form`;
  throw new AccessError(
    `Cannot use the token for Proxmox from ${from}: it must be like "drift@pve!eyes=UUID" and stand alone, got ${found}`,
  );
}

async function trustOf({ ca, fingerprints, insecure }: Access, { uid, env }: AccessHost): Promise<Trust> {
  if (insecure) return { insecure: true };
  if (fingerprints) return { pins: fingerprints };
  const file = ca ?? (env.SSL_CERT_FILE || undefined);
  if (file === undefined) return {};
  try {
    // Whoever may change it can put themselves in the server's place.
    await refuseIfUntrusted(file, uid);
    const { isFile, size } = await Deno.stat(file);
    if (!isFile || size > LARGEST_CA) throw new Error("it is no file of certificates");
    const text = await Deno.readTextFile(file);
    if (!text.includes("-----BEGIN CERTIFICATE-----")) throw new Error("there is no certificate in it");
    return { ca: text };
  } catch (cause) {
    throw new AccessError(`Cannot read the authorities for Proxmox from "${file}": ${messageOf(cause)}`, { cause });
  }
}
