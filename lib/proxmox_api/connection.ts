/**
 * A connection to a server that has proven who it is. Nothing but the TLS handshake is sent before that.
 *
 * @module
 */

import { isIP } from "node:net";
import { checkServerIdentity, connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import type { Trust } from "./proxmox_api.ts";

/** The certificate of a connection. */
export interface Certificate {
  /** SHA-256, as `AB:CD:…`. */
  fingerprint: string;
  /** When it ends. */
  validTo: Date;
}

/** A server that has not proven who it is. */
export class Unproven extends Error {
  /** Makes the message. @param by What was asked for as a proof. */
  constructor(readonly by: "pin" | "authority", reason: string) {
    super(reason);
  }
}

/** What a connection fails with before anybody answers. */
const NETWORK = /^(?:E(?:CONN\w+|NOTFOUND|AI_\w+|HOST\w+|NET\w+|TIMEDOUT|PIPE|ADDRNOTAVAIL|ACCES|PERM)|UND_\w+)$/;

/** Whether nobody answered, as opposed to somebody who does not speak TLS as we do. */
export function isNetworkFailure(error: unknown): boolean {
  return NETWORK.test((error as { code?: string }).code ?? "");
}

/**
 * Connects, and lets the server prove itself: by a pin, by an authority, or, where `insecure`, not at all. A pin proves no
 * less than an authority: the handshake shows that the server has the certificate's key.
 *
 * @param endpoint As `https://pve1:8006`.
 * @throws {Unproven} Other failures are Node's.
 */
export async function openConnection(endpoint: string, trust: Trust, signal: AbortSignal): Promise<TLSSocket> {
  const isByAuthority = trust.pins === undefined && !trust.insecure;
  try {
    const socket = await handshake(endpoint, trust, isByAuthority, signal);
    if (trust.pins) refuseOtherPin(socket, trust.pins);
    return socket;
  } catch (error) {
    if (error instanceof Unproven || signal.aborted || isNetworkFailure(error)) throw error;
    const why = isByAuthority ? await whyUnproven(endpoint, signal) : undefined;
    throw new Unproven("authority", why ?? `the TLS handshake fails: ${(error as Error).message}`);
  }
}

/** The certificate that a server shows, whoever it may be. Nothing is sent to it. */
export async function showCertificate(endpoint: string, signal: AbortSignal): Promise<Certificate> {
  const socket = await handshake(endpoint, {}, false, signal);
  const certificate = certificateOf(socket);
  socket.destroy();
  return certificate;
}

/** The certificate that the server of an open connection showed. */
export function certificateOf(socket: TLSSocket): Certificate {
  const { fingerprint256, valid_to } = socket.getPeerCertificate();
  return { fingerprint: fingerprint256, validTo: new Date(valid_to) };
}

async function handshake(endpoint: string, { ca }: Trust, isChecked: boolean, signal: AbortSignal): Promise<TLSSocket> {
  signal.throwIfAborted();
  const { host, port } = addressOf(endpoint);
  const options: ConnectionOptions = { host, port, rejectUnauthorized: isChecked };
  // A name alone may be sent along; an address is checked all the same.
  if (!isIP(host)) options.servername = host;
  if (ca !== undefined) options.ca = ca;
  const socket = connect(options);
  const stop = () => socket.destroy();
  signal.addEventListener("abort", stop, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("secureConnect", resolve).once("error", reject);
      socket.once("close", () => reject(Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" })));
    });
    return socket;
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** What to connect to; an IPv6 address without its brackets. */
export function addressOf(endpoint: string): { host: string; port: number } {
  const { hostname, port } = new URL(endpoint);
  return { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(port || "443") };
}

function refuseOtherPin(socket: TLSSocket, pins: readonly string[]): void {
  const { fingerprint } = certificateOf(socket);
  const plain = (text: string) => text.replaceAll(":", "").toUpperCase();
  if (pins.some((pin) => plain(pin) === plain(fingerprint))) return;
  socket.destroy();
  throw new Unproven(
    "pin",
    `its certificate has the SHA-256 fingerprint ${fingerprint}, which is none of the pinned ones`,
  );
}

/** A look at the certificate, since the TLS library tells an expired one, a foreign one and a wrong name no different. */
async function whyUnproven(endpoint: string, signal: AbortSignal): Promise<string | undefined> {
  const socket = await handshake(endpoint, {}, false, signal).catch(() => undefined);
  if (!socket) return undefined;
  const certificate = socket.getPeerCertificate();
  socket.destroy();
  const { host } = addressOf(endpoint);
  const [begins, ends] = [new Date(certificate.valid_from), new Date(certificate.valid_to)];
  if (ends.getTime() < Date.now()) return `its certificate expired on ${ends.toISOString().slice(0, 10)}`;
  if (begins.getTime() > Date.now()) return `its certificate begins on ${begins.toISOString().slice(0, 10)}`;
  if (checkServerIdentity(host, certificate)) {
    return `its certificate is not for "${host}" but for ${certificate.subjectaltname ?? "nothing"}`;
  }
  return "its certificate is signed by none of the authorities that are trusted";
}
