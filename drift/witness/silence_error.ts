/**
 * Why a cluster could not be heard, as the report says it. Pure.
 *
 * @module
 */

import type { CheckError, ErrorClass } from "../report.ts";
import type { Silence } from "./witness.ts";

const KINDS: Readonly<Record<Silence["kind"], { class: ErrorClass; cure: string }>> = {
  unreachable: {
    class: "network",
    cure: "Check that the address is right, that pveproxy runs there, and that a firewall lets this host in.",
  },
  timeout: {
    class: "timeout",
    cure: 'Check the load of the node, or give it longer with "timeout" of "proxmox" in pve-drift.json.',
  },
  stopped: { class: "interrupted", cure: "The run was over: nothing to do unless it happens again." },
  tls: {
    class: "tls",
    cure:
      'Name the cluster\'s CA as "ca" of "proxmox" in pve-drift.json: /etc/pve/pve-root-ca.pem of any node, which may be copied.',
  },
  pin: {
    class: "tls",
    cure:
      'If the certificate of the node was renewed, correct "fingerprint" of "proxmox" in pve-drift.json: `openssl x509 -noout ' +
      "-fingerprint -sha256 -in /etc/pve/local/pve-ssl.pem` prints it on the node. If not, somebody else answers there.",
  },
  redirect: {
    class: "unknown",
    cure:
      'Name the address of a node itself as "endpoint" of "proxmox" in pve-drift.json: the token is sent nowhere else.',
  },
  answer: {
    class: "unknown",
    cure: 'Check that "endpoint" of "proxmox" in pve-drift.json is the address of a Proxmox VE node.',
  },
  status: { class: "provider-error", cure: "Look into the journal of pvedaemon and pveproxy on the node." },
  access: {
    class: "auth",
    cure:
      'Give it its token and its authority as the handbook says under "The second witness"; `pve-drift doctor` looks again.',
  },
  fault: { class: "unknown", cure: "Please report this with what `pve-drift doctor` prints." },
};

const STATUS: Readonly<Record<number, { class: ErrorClass; cure: string }>> = {
  401: {
    class: "auth",
    cure: "Check the token: `pveum user token list USER@REALM` on a node shows whether it is there and when it ends.",
  },
  403: {
    class: "permission",
    cure:
      "Grant the token's user what it needs to look: `pveum acl modify / --users USER@REALM --roles PVEAuditor` on a node.",
  },
};

/** What the report says of a cluster that could not be heard, or not to the end. */
export function silenceError(cluster: string, { kind, problem, status }: Silence): CheckError {
  const { class: errorClass, cure } = STATUS[status ?? 0] ?? KINDS[kind];
  return { class: errorClass, summary: `Proxmox cluster "${cluster}" did not answer`, detail: problem, cure };
}
