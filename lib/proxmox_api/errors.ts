/**
 * What can go wrong with a question to Proxmox VE, with fields for a program and a sentence for a person.
 *
 * @module
 */

/**
 * How a question failed.
 *
 * - `unreachable`: no connection, or it broke
 * - `tls`: no TLS, or the certificate is not proven by a CA
 * - `pin`: the certificate is none of the pinned ones
 * - `timeout`: no answer in time
 * - `redirect`: an answer that leads elsewhere; it is never followed
 * - `status`: Proxmox refused or could not answer; `status` and `reason` say why
 * - `answer`: an answer that is cut, too large, no JSON, or of another shape than Proxmox's
 * - `stopped`: the caller's signal ended it
 */
export type ProxmoxApiErrorKind =
  | "unreachable"
  | "tls"
  | "pin"
  | "timeout"
  | "redirect"
  | "status"
  | "answer"
  | "stopped";

/** The fields of a {@linkcode ProxmoxApiError}. */
export interface ProxmoxApiErrorFields {
  /** How it failed. */
  kind: ProxmoxApiErrorKind;
  /** The server that was asked, as `https://pve1:8006`. */
  endpoint: string;
  /** The path that was asked for, below `/api2/json`, without its query. */
  path: string;
  /** What happened, without the token: Proxmox's own text where it answered. */
  reason: string;
  /** HTTP status, where there was an answer. */
  status?: number;
}

/** A question that got no usable answer. Neither its message nor its fields hold the token. */
export class ProxmoxApiError extends Error implements ProxmoxApiErrorFields {
  /** Tells it from other errors where it is shown. */
  override name = "ProxmoxApiError";
  /** How it failed. */
  readonly kind: ProxmoxApiErrorKind;
  /** The server that was asked. */
  readonly endpoint: string;
  /** The path that was asked for. */
  readonly path: string;
  /** What happened. */
  readonly reason: string;
  /** HTTP status, where there was an answer. */
  readonly status?: number;

  /** Makes the message of the fields. */
  constructor({ kind, endpoint, path, reason, status }: ProxmoxApiErrorFields) {
    super(`Cannot read ${path} from ${endpoint}: ${status === undefined ? "" : `HTTP ${status}, `}${reason}`);
    this.kind = kind;
    this.endpoint = endpoint;
    this.path = path;
    this.reason = reason;
    if (status !== undefined) this.status = status;
  }
}

/**
 * Whether Proxmox says that a guest has no configuration on the node that was asked: it moved, it is of the other kind, or
 * it is gone.
 */
export function saysNoSuchGuest(error: unknown): boolean {
  return error instanceof ProxmoxApiError && error.status === 500 &&
    /^Configuration file '[^']*' does not exist/.test(error.reason);
}
