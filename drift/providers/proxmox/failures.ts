/**
 * What is known of failures around Proxmox VE: what bpg/proxmox says when its API refuses or does not answer, and the
 * commands that mend it. Seen with bpg/proxmox 0.94 to 0.112 (`tests/fixtures/bpg`); the commands are those of Proxmox
 * VE 8 and 9.
 *
 * @module
 */

import type { FailureKnowledge, Named } from "../../verdict/failures.ts";
import { DELETED, OUT_OF_POOL } from "./suspicion.ts";
import { isContainer, isVm } from "./types.ts";

const TOKEN =
  "Check the API token: PROXMOX_VE_API_TOKEN (or `api_token`) must read USER@REALM!TOKENID=UUID, and `pveum user token list USER@REALM` on a node shows whether it exists and when it expires.";
const SILENT =
  /HTTP 59\d response|HTTP 5\d\d response - Reason: .*(?:time(?:d )?out|not online|quorum|not ready|connect|name or service not known|hostname lookup)/i;

/** Failures that bpg/proxmox tells of. */
export const failures: FailureKnowledge = {
  patterns: [
    {
      reason: "proxmox-login",
      class: "auth",
      pattern:
        /received an HTTP 401 response|Unable to create Proxmox VE API credentials|invalid PVE ticket|No ticket\b|HTTP \d+ response - Reason: authentication failure/,
      cure: TOKEN,
    },
    {
      reason: "proxmox-ssh-login",
      class: "auth",
      pattern:
        /unable to authenticate user "(?<user>[^"]+)" over SSH to "(?<host>[^":]+)|failed to open SSH client(?!.*(?: over SSH to|\bdial tcp\b|host key|knownhosts))/,
      cure: ({ user = "USER", host = "NODE" }) =>
        `Give the service the SSH key of ${user}: an agent (SSH_AUTH_SOCK in its environment, \`agent = true\` in the provider's \`ssh\` block) or PROXMOX_VE_SSH_PRIVATE_KEY with PROXMOX_VE_SSH_USERNAME; \`sudo -u SERVICE_USER ssh ${user}@${host}\` shows whether it gets in. The API token has no part in this.`,
    },
    {
      reason: "proxmox-download-host",
      class: "tls",
      pattern:
        /(?:query-url-metadata|download-url|url metadata|download).*HTTP 5\d\d response.*(?:certificate|SSL|TLS)/i,
      cure:
        "The Proxmox node, not this machine, does not trust the host of the download: install that host's CA on the node (/usr/local/share/ca-certificates, `update-ca-certificates`), or set `verify = false` on the download. `curl -v URL` on the node shows it.",
    },
    {
      reason: "proxmox-download-unreachable",
      class: "network",
      pattern:
        /(?:query-url-metadata|download-url|url metadata|downloading file).*HTTP 5\d\d response.*(?:broken pipe|time(?:d )?-?out|refused|resolve|no route|unreachable|not known)/i,
      cure:
        "The Proxmox node, not this machine, fetches the file: `curl -v URL` on the node shows whether it reaches that host (its DNS, proxy and firewall). The next run tries again.",
    },
    {
      reason: "proxmox-node-certificate",
      class: "tls",
      pattern: /\b596\b.*(?:certificate|SSL|TLS)/i,
      cure:
        "The node that answered cannot verify another node of the cluster: `node_name` (Telmate: `target_node`) must be the node's name as `pvecm nodes` lists it, no longer name; else renew the nodes' certificates with `pvecm updatecerts --force` on each. This machine's trust has nothing to do with it.",
    },
    {
      reason: "proxmox-privilege",
      class: "permission",
      pattern: /HTTP 403 response|Permission check failed/,
      named: missingPrivileges,
      cure: grant,
    },
    { reason: "proxmox-cluster-silent", class: "network", pattern: SILENT, cure: clusterCure },
    {
      reason: "proxmox-endpoint",
      class: "config-invalid",
      pattern: /specify a secure endpoint/,
      cure: "Write the endpoint in the provider's block as https://HOST:8006/.",
    },
    {
      reason: "proxmox-object-gone",
      class: "provider-error",
      // Of the token's own user it is said with 401.
      pattern: /(?<!\b401\b.*)no such (?:user|token|group)|error reading .*the requested resource does not exist/,
      cure:
        "The object was deleted in Proxmox, and the provider cannot plan around that: create it again by hand, or drop it from the state (`terraform state rm ADDRESS`) and apply.",
    },
  ],
  // Of a download or an OCI image it takes every error for a deletion; of one that is gone it says "file does not exists".
  unread: /resource must be recreated\..*unexpected error when listing/,
  cures: {
    "server-silent": (named) => /:8006\b/.test(`${named.endpoint}`) ? clusterCure(named as Named) : undefined,
    "certificate-expired": () =>
      "Renew the certificate of the server (Proxmox: `pvecm updatecerts --force` on the node) and check this machine's clock (`timedatectl`).",
    "certificate-untrusted": () =>
      "Trust the server's certificate: copy its CA (Proxmox: /etc/pve/pve-root-ca.pem) to /usr/local/share/ca-certificates/NAME.crt and run `update-ca-certificates`; the endpoint must be a name that stands in the certificate.",
    "time-over": () =>
      'Find out what the plan waits for: a VM with `agent { enabled = true }` whose guest agent does not answer holds it up to 15 minutes (set `timeout` in that block, or start the agent), and a backend or API that hangs never ends by itself. If it is just slow, raise "timeout" of the environment in pve-drift.json.',
    "objects-contradicted": ({ objects }) => {
      const claims = (objects as { claim: string }[]).map(({ claim }) => claim);
      if (claims.includes(DELETED)) return HIDDEN_GUEST;
      return claims.includes(OUT_OF_POOL) ? HIDDEN_POOL : undefined;
    },
    "objects-vanished": ({ types }) => (types as { type: string }[]).some(isGuest) ? HIDDEN_GUEST : undefined,
  },
};

function isGuest({ type }: { type: string }): boolean {
  return isVm(type) || isContainer(type);
}

const HIDDEN_GUEST =
  "Do not apply. Check that the token still sees the guest (`pveum user token permissions USER@REALM TOKENID --path /vms/VMID` needs VM.Audit) and on which node it is (`pvesh get /cluster/resources --type vm`). " +
  "If it was really deleted: `terraform apply -refresh-only`, or remove it from the code and apply.";

const HIDDEN_POOL =
  "Do not apply. Grant the token Pool.Audit on the pool (`pveum acl modify /pool/POOL --tokens 'USER@REALM!TOKENID' --roles PVEPoolUser`): without it the provider reads each guest as one in no pool. " +
  "If they were really taken out, the next check no longer finds them in the pool.";

function clusterCure({ probe = "" }: Named): string {
  return `Check on a node that the cluster answers (\`pvecm status\`, \`pvesm status\`), and from this machine that its API does${probe}: node or storage offline, DNS, firewall, proxy. The next run tries again.`;
}

/** Which privileges are missing where, as Proxmox says it: `Permission check failed (/vms/201, VM.Audit)`. */
function missingPrivileges(text: string): Named {
  const paths = new Map<string, Set<string>>();
  for (const [, path = "/", names = ""] of text.matchAll(/Permission check failed \((\/[^,\s]*),\s*([\w.|, ]+)\)/g)) {
    paths.set(names, (paths.get(names) ?? new Set()).add(path));
  }
  if (paths.size === 0) return {};
  const where = [...paths.values()].flatMap((some) => [...some]);
  return {
    privileges: [...paths.keys()].join(" ").replaceAll("|", " "),
    wanted: [...paths].map(([names, some]) => `${names} on ${list([...some])}`).join("; "),
    path: where.length === 1 ? where[0]! : "/",
  };
}

function grant({ privileges, wanted, path }: Named): string {
  if (privileges === undefined) {
    return "Grant the API token (and its user, with privilege separation) what the message names: `pveum acl modify PATH --tokens 'USER@REALM!TOKENID' --roles ROLE`.";
  }
  return `Grant the API token (and its user, with privilege separation) ${wanted}: \`pveum role add PveDrift --privs "${privileges}"\` (or \`role modify … --append\`), then \`pveum acl modify ${path} --tokens 'USER@REALM!TOKENID' --roles PveDrift\`.`;
}

function list(values: string[]): string {
  return values.length > 3 ? `${values.slice(0, 3).join(", ")} and ${values.length - 3} more` : values.join(", ");
}
