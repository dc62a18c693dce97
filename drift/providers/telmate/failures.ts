/**
 * What is known of failures that Telmate/proxmox tells of. The older releases print the status line of Proxmox's answer
 * (`403 Permission check failed (/vms/101, VM.Audit)`), the newest `api error: code: 403 message: …`, the message often
 * empty. Read in its source, and recorded in tests/fixtures/telmate.
 *
 * @module
 */

import type { FailureKnowledge } from "../../verdict/failures.ts";
import { kindOf } from "./guests.ts";
import { ALONE, IN_USE, TOGETHER } from "./suspicion.ts";

/** Failures that Telmate/proxmox tells of. */
export const failures: FailureKnowledge = {
  patterns: [
    {
      reason: "telmate-endpoint",
      class: "config-invalid",
      pattern: /must specify an endpoint for the Proxmox Virtual Environment API|unsupported protocol scheme/,
      cure:
        "Say where Proxmox is: PM_API_URL of the service, or `pm_api_url` in the provider's block, must read https://HOST:8006/api2/json.",
    },
    {
      reason: "telmate-state-of-2",
      class: "version-mismatch",
      // Of a disk of 2.9, whose size stands where 3.0 looks for a list.
      pattern: /^missing expected \[/,
      cure:
        "The state was written by Telmate/proxmox 2.9, and 3.0 cannot read its VMs: select 2.9.14 in `required_providers` again, or drop each VM from the state (`terraform state rm ADDRESS`), import it with 3.0 (`terraform import ADDRESS NODE/qemu/VMID`) and set `ignore_changes = [full_clone]` for it before any apply.",
    },
    {
      reason: "telmate-guest-gone",
      class: "provider-error",
      pattern: /\bvm '(?:id-)?(?<guest>\d+)' not found/,
      cure: ({ guest = "VMID" }) =>
        `Guest ${guest} was deleted outside, or this token does not see it (VM.Audit on /vms/${guest}): \`pvesh get /cluster/resources --type vm\` on a node shows it if it is there. The provider cannot plan around one that is gone: drop it from the state (\`terraform state rm ADDRESS\`), and apply to have it made anew.`,
    },
    {
      reason: "telmate-agent-silent",
      class: "network",
      pattern: /VM (?<guest>\d+) qmp command 'guest-[\w-]+' failed|Guest [Aa]gent .*(?:not running|timed? ?out)/,
      cure: ({ guest = "VMID" }) =>
        `The guest agent of VM ${guest} does not answer, and the provider fails with it: \`qm agent ${guest} ping\` on its node shows it. Restart qemu-guest-agent in the guest, or set \`define_connection_info = false\` for it in the code. The next run tries again.`,
    },
    {
      reason: "telmate-token",
      class: "auth",
      pattern:
        /API ?TokenID username should contain a !|API TokenID username with your password|password and API token (?:do not|secret both) exist|api token ID must be in the format|no username or realm specified/i,
      cure:
        "Check the API token: PM_API_TOKEN_ID (or `pm_api_token_id`) must read USER@REALM!TOKENID, PM_API_TOKEN_SECRET is its UUID, and the service must have both: `pveum user token list USER@REALM` on a node shows the token.",
    },
    {
      reason: "telmate-login",
      class: "auth",
      pattern: /\bapi error: code: 401\b|^(?:error \w+.*: )?401 /,
      cure:
        "Check the API token: PM_API_TOKEN_ID and PM_API_TOKEN_SECRET of the service, and with `pveum user token list USER@REALM` on a node whether the token exists and when it expires.",
    },
    {
      reason: "telmate-privileges",
      class: "permission",
      pattern: /permissions for user\/token (?<user>\S+) are not sufficient.*missing: \[(?<privileges>[^\]]*)\]/,
      cure: ({ user = "USER@REALM", privileges = "the privileges that are named" }) =>
        `Grant ${user} ${privileges}: \`pveum role add PveDrift --privs "${privileges}"\` (or \`role modify … --append\`), then \`pveum acl modify / --users ${user} --roles PveDrift\`. A check needs no privilege to write: with 3.0.2-rc01 and newer, \`pm_minimum_permission_check = false\` in the provider's block asks for none.${
          /VM\.Monitor/.test(privileges) ? " Proxmox VE 9 has no VM.Monitor any more: use a newer provider there." : ""
        }`,
    },
    {
      reason: "telmate-refused",
      class: "permission",
      pattern: /\bapi error: code: 403\b/,
      cure:
        "Grant the API token (and its user, with privilege separation) what it lacks for this object: `pveum user token permissions USER@REALM TOKENID` on a node lists what it has, `pveum acl modify PATH --tokens 'USER@REALM!TOKENID' --roles ROLE` adds to it.",
    },
    {
      reason: "telmate-cluster-silent",
      class: "network",
      pattern:
        /\bapi error: code: (?:408|429|50[234]|59\d)\b|^(?:error \w+.*: )?59\d |\b500 (?:message: )?(?:got timeout|storage '[^']*' is not (?:online|available))/,
      cure:
        "Check on a node that the cluster answers (`pvecm status`), and that `target_node` is a node's name that is online: Proxmox answers 595 or 596 where one node does not reach another. The next run tries again.",
    },
  ],
  cures: {
    "objects-contradicted": ({ objects }) => {
      const claims = (objects as { claim: string }[]).map(({ claim }) => claim);
      return [ALONE, IN_USE, TOGETHER].some((one) => claims.includes(one)) ? HIDDEN : undefined;
    },
    "objects-vanished": ({ types }) =>
      (types as { type: string }[]).some(({ type }) => kindOf(type) || type === "proxmox_pool") ? HIDDEN : undefined,
    "provider-process": ({ object, panic = "" }) =>
      isOurs(object) || /\bTelmate\//.test(`${panic}`) ? crashCure(`${panic}`) : undefined,
  },
};

const HIDDEN =
  "Do not apply. Check that Proxmox answers and what the token may see: `pveum user token permissions USER@REALM TOKENID` on a node needs VM.Audit on /vms and Pool.Audit on /pool, `pvesh get /cluster/resources --type vm` and `pvesh get /pools` show what is there. " +
  "If it was really deleted: `terraform apply -refresh-only`, or remove it from the code and apply.";

function isOurs(address: unknown): boolean {
  return typeof address === "string" && /(?:^|\.)proxmox_(?:vm_qemu|lxc(?:_\w+)?|pool)\.[^.]+$/.test(address);
}

/** What the process of the provider ended for, as far as its last words tell. */
function crashCure(panic: string): string {
  if (/is string, not float64/.test(panic)) {
    return "This version of Telmate/proxmox crashes on what Proxmox VE 8 and newer answer: select 3.0.2-rc01 or newer in `required_providers`, run `terraform init -upgrade` where you apply, and commit the lock file.";
  }
  if (/is nil, not string\n[^]*LxcDiskRead/.test(panic)) {
    return "The mount point of a `proxmox_lxc_disk` is gone from its container, and the provider crashes on that: attach it again (`pct config VMID` on the node shows what is there), or drop the object from the state (`terraform state rm ADDRESS`).";
  }
  if (/is nil, not \[\]interface/.test(panic)) {
    return "The provider crashes where it cannot read a pool: grant the token Pool.Audit on /pool, and see that Proxmox answers (`pvesh get /pools` on a node).";
  }
  return "The provider's process ended. Telmate/proxmox 2.9 ends like this where Proxmox refuses to show a guest, or a node does not answer: check VM.Audit of the token (`pveum user token permissions USER@REALM TOKENID`), and `pvecm status` on a node. TF_LOG=debug tells the answer.";
}
