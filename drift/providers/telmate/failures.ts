/**
 * What is known of failures that Telmate/proxmox tells of. The older releases print the status line of Proxmox's answer
 * (`403 Permission check failed (/vms/101, VM.Audit)`), the newest `api error: code: 403 message: …`, the message often
 * empty. Read in its source and seen against fakepve, August 2026.
 *
 * @module
 */

import type { FailureKnowledge } from "../../verdict/failures.ts";

/** Failures that Telmate/proxmox tells of. */
export const failures: FailureKnowledge = {
  patterns: [
    {
      reason: "telmate-token",
      class: "auth",
      pattern:
        /API ?TokenID username should contain a !|password and API token do not exist|api token ID must be in the format/i,
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
        `Grant ${user} ${privileges}: \`pveum role add PveDrift --privs "${privileges}"\` (or \`role modify … --append\`), then \`pveum acl modify / --users ${user} --roles PveDrift\`.${
          /VM\.Monitor/.test(privileges)
            ? " Proxmox VE 9 has no VM.Monitor any more: use a newer provider there, or `pm_minimum_permission_check = false`."
            : ""
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
      pattern: /\bapi error: code: (?:408|429|50[234]|59\d)\b|^(?:error \w+.*: )?59\d /,
      cure:
        "Check on a node that the cluster answers (`pvecm status`), and that `target_node` is a node's name that is online: Proxmox answers 595 or 596 where one node does not reach another. The next run tries again.",
    },
  ],
};
