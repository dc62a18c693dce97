/**
 * What a person can do about each class of failure, told with what the failure's own text names.
 *
 * @module
 */

import type { ErrorClass } from "../report.ts";

export type { ErrorClass } from "../report.ts";

/**
 * One to three sentences with the concrete command for a failure of this class. `text` is all that was said of it: the
 * variable, privilege, host or lock that it names stands in the cure.
 *
 * The Proxmox commands are those of Proxmox VE 8 and 9 (`pveum`, `pvecm`).
 */
export function cure(cls: ErrorClass, text: string): string {
  // A full disk shows in many classes, and nothing else helps.
  if (/no space left on device|disk quota exceeded|^Only \d+ KiB are free/i.test(text)) {
    return 'Free space on the disk that holds "stateDir" and the temporary folder (`df -h`), then run the check again.';
  }
  return CURES[cls](text);
}

/** Fixed words by which cures differ, and which give nothing away. */
const CLUES =
  /HTTP \d{3} response|read-only file system|no space left on device|Backend configuration changed|checksum|AccessKey|Signature|uses format version|decryption failed|not yet valid|expired|variables file/g;

/** What of a text may choose the cure where the text itself is hidden. */
export function clues(text: string): string {
  return (text.match(CLUES) ?? []).join("\n");
}

const CURES: Record<ErrorClass, (text: string) => string> = {
  "terraform-missing": () =>
    'Install Terraform or OpenTofu 1.8 or newer, or name it in the configuration: "terraform": { "bin": "/usr/local/bin/terraform" }. ' +
    "A systemd service has a shorter PATH than a shell.",

  "version-mismatch": (text) =>
    /newer provider version/.test(text)
      ? "The state was written with a newer provider than .terraform.lock.hcl selects: run `terraform init -upgrade` where you apply, and commit the lock file."
      : "Compare `terraform version` with `required_version` in the environment's code (and 1.8, the oldest that is supported); " +
        'install a fitting one, or name it as "terraform": { "bin": … } in the configuration.',

  "config-invalid": (text) => {
    const variable =
      /variable "([^"]+)" is not set|value for var\.([\w-]+)|given value is not suitable for var\.([\w-]+)/.exec(text);
    const name = variable?.[1] ?? variable?.[2] ?? variable?.[3];
    if (name !== undefined || /^Invalid value for variable/.test(text)) {
      return `Give the variable${
        name ? ` "${name}"` : ""
      } a fitting value: in a file named under "varFiles" of the environment, or as TF_VAR_${
        name ?? "NAME"
      } in the environment of the check.`;
    }
    if (/variables file|var file/.test(text)) {
      return 'Correct "varFiles" of the environment in pve-drift.json: the paths are relative to the environment\'s folder.';
    }
    if (/secure endpoint/.test(text)) return "Write the endpoint in the provider's block as https://HOST:8006/.";
    const unread = /The file "([^"]*\.(?:tf|tofu)(?:\.json)?)" could not be read/.exec(text)?.[1];
    if (unread !== undefined) {
      return `Let the user of the check read "${unread}" (\`namei -l FILE\` shows what bars the way).`;
    }
    if (/backend configuration argument|The file "[^"]*" could not be read/.test(text)) {
      return 'Correct "backendConfig" of the environment in pve-drift.json: files relative to the environment\'s folder, or key=value that the backend knows.';
    }
    if (/No configuration files|^The folder of environment/.test(text)) {
      return 'Correct "dir" of the environment in pve-drift.json: the folder must be there and hold *.tf.';
    }
    if (/^(?:Module |Unreadable module|Failed to download module)/.test(text)) {
      return "Check the `source` of the module and that it is checked out beside the code (`git submodule status`), then run `terraform init && terraform validate` in the environment's folder.";
    }
    return "Run `terraform validate` in the environment's folder and correct the code at the place that it names.";
  },

  "workspace-missing": () =>
    'Run `terraform workspace list` in the environment\'s folder and correct "workspace" in pve-drift.json; the check never creates one.',

  "init-failed": (text) =>
    /Backend configuration changed|initialization required/i.test(text)
      ? 'The backend differs from the one that was initialised: compare the `backend` block with "backendConfig" in pve-drift.json, and try `terraform init -reconfigure` in a copy of the environment\'s folder.'
      : "Run `terraform init -input=false -lockfile=readonly` in the environment's folder as the user of the check, and correct what it complains of.",

  "lockfile-mismatch": (text) =>
    (/checksum/.test(text)
      ? "Run `terraform providers lock -platform=linux_amd64` in the environment's folder on a machine where you apply"
      : "Run `terraform init` in the environment's folder on a machine where you apply (with -upgrade for new versions)") +
    " and commit .terraform.lock.hcl; the check never changes it.",

  "provider-missing": (text) => {
    const name = /(?:provider|package for) (?:registry\.\S+?\/)?([\w-]+\/[\w-]+)/.exec(text)?.[1] ?? "the provider";
    return `Run \`terraform init\` in the environment's folder as the user of the check. Without the registry, put ${name} in the mirror that the CLI configuration names (\`terraform providers mirror DIR\` fills one), in the version of .terraform.lock.hcl.`;
  },

  "backend-missing": () =>
    'Compare bucket (or container, database, organization), key and region of the `backend` block and of "backendConfig" in pve-drift.json with what exists, as `aws s3 ls s3://BUCKET` shows it; the check creates none.',

  "backend-unreachable": (text) =>
    `Check from this machine that the state's server answers${
      probe(text)
    }: DNS, firewall, proxy, or the server itself. The next run tries again.`,

  "auth": (text) => {
    if (/Proxmox|proxmox|HTTP 401|authentication failure|ticket/.test(text)) {
      return "Check the API token: PROXMOX_VE_API_TOKEN (or `api_token`) must read USER@REALM!TOKENID=UUID, and `pveum user token list USER@REALM` on a node shows whether it exists and when it expires.";
    }
    if (/S3|AWS|AccessKey|IMDS|STS|Signature/.test(text)) {
      return 'Check the credentials that the check runs with (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or "backendConfig"): `aws sts get-caller-identity` as the same user.';
    }
    return "Check the credentials that the check runs with (environment of the service, `terraform.env` in pve-drift.json): they are missing, wrong or expired.";
  },

  "permission": (text) => {
    const missing = privileges(text);
    if (missing !== undefined) return missing;
    if (/read-only file system/.test(text)) {
      return 'What is written there lies on a read-only file system: let "stateDir" be writable (ReadWritePaths= of the unit), or leave "terraform.lock" at "confirm" or "none" where the state is a local file.';
    }
    if (
      /(?:open|write|mkdir|lstat|stat|read|fork\/exec) \S+: (?:permission denied|operation not permitted)/.test(text)
    ) {
      return "Give the user of the check access to the file that is named (`namei -l FILE` shows which folder bars the way), or run the check as a user that has it.";
    }
    return "The credentials are accepted but may not do this: grant the action that is named (of a state in S3: s3:ListBucket on the bucket and s3:GetObject on the key; the lock needs s3:PutObject and s3:DeleteObject).";
  },

  "network": (text) =>
    /HTTP \d{3} response|\/api2\/json|proxmox_virtual/.test(text)
      ? `Check on a node that the cluster answers (\`pvecm status\`, \`pvesm status\`), and from this machine that its API does${
        probe(text)
      }: node or storage offline, DNS, firewall, proxy. The next run tries again.`
      : `Check from this machine that the other side answers${
        probe(text)
      }: DNS, firewall, proxy. The next run tries again.`,

  "tls": (text) =>
    /expired|not yet valid/.test(text)
      ? "Renew the certificate of the server (Proxmox: `pvecm updatecerts --force` on the node) and check this machine's clock (`timedatectl`)."
      : "Trust the server's certificate: copy its CA (Proxmox: /etc/pve/pve-root-ca.pem) to /usr/local/share/ca-certificates/NAME.crt and run `update-ca-certificates`; the endpoint must be a name that stands in the certificate.",

  "state-locked": (text) => {
    const id = /\bID: +(\S+)/.exec(text)?.[1] ?? "LOCK_ID";
    return `Wait until that run has ended, or raise "terraform.lockTimeout". Only if it is surely dead: \`terraform force-unlock ${id}\` in the environment's folder.`;
  },

  "state-invalid": (text) =>
    /uses format version|newer/.test(text)
      ? 'The state was written by a newer program: install that version here and name it as "terraform": { "bin": … } in pve-drift.json.'
      : /decryption failed|encrypted metadata|unencrypted payload/.test(text)
      ? "Give the check the same encryption settings as the apply has (TF_ENCRYPTION, or the `encryption` block)."
      : "Look at what the backend really serves (`terraform state pull | head`); restore the last good version from the bucket's versioning, or terraform.tfstate.backup.",

  "condition-failed": (text) =>
    /cannot be destroyed/.test(text)
      ? "The plan wants to destroy what `prevent_destroy` protects: look with `terraform plan` what forces it, and undo that change outside or in the code. Do not lift the protection before you know."
      : "A condition that the code states does not hold: correct what it checks, or the condition, at the place that `terraform plan` names.",

  "provider-error": (text) =>
    /no such (?:user|token|group)/.test(text)
      ? "The object was deleted in Proxmox, and the provider cannot plan around that: create it again by hand, or drop it from the state (`terraform state rm ADDRESS`) and apply."
      : /did not respond|plugin|instantiate/i.test(text)
      ? "The provider's process ended or does not start: run `terraform plan` with TF_LOG=debug in the environment's folder, look for an OOM kill (`journalctl -k -g oom`), and check that its version fits this machine."
      : "Run `terraform plan` in the environment's folder and look at the object that is named; if the other side answers oddly, check the endpoint's host and path, and the provider's version.",

  "timeout": () =>
    'Find out what the plan waits for: a VM with `agent { enabled = true }` whose guest agent does not answer holds it up to 15 minutes (set `timeout` in that block, or start the agent), and a backend or API that hangs never ends by itself. If it is just slow, raise "timeout" of the environment in pve-drift.json.',

  "interrupted": () => "Run the check again: it was stopped before this environment was finished.",

  "killed": (text) =>
    /SIGKILL|137|memory|oom/i.test(text)
      ? 'Look for an OOM kill (`journalctl -k -g "out of memory"`); give the service more memory (MemoryMax=), or lower "concurrency".'
      : "Look in `journalctl -k` and in the detail for who ended it or why it crashed, then run the check again.",

  "suspect": (text) =>
    /\bstate\b.*\b(?:empty|holds (?:nothing|no))|empty state/i.test(text)
      ? 'Check backend, key and workspace of the environment (`terraform state list`). If the empty state is meant, remove memory/ENV.json of this environment in "stateDir".'
      : "Do not apply. Check that the token still sees the guest (`pveum user token permissions USER@REALM TOKENID --path /vms/VMID` needs VM.Audit) and on which node it is (`pvesh get /cluster/resources --type vm`). " +
        "If it was really deleted: `terraform apply -refresh-only`, or remove it from the code and apply.",

  "unknown": (text) =>
    /state directory/.test(text)
      ? 'Let the user of the check own "stateDir" (StateDirectory= of the unit), or name another folder in the configuration.'
      : /-refresh=false/.test(text)
      ? 'Find who adds "-refresh=false": a wrapper that "terraform.bin" names, or the pipeline that recorded the plan. Without a refresh nothing that was changed by hand can be seen.'
      : /plan file|incomplete|not complete|cut off/i.test(text)
      ? 'Check that the disk of "stateDir" is not full (`df -h`) and run the check again with --verbose.'
      : "Run `terraform plan` in the environment's folder and see what it says; if the check is at fault, please report it with the text above.",
};

/** Which privilege is missing where, as Proxmox says it: `Permission check failed (/vms/201, VM.Audit)`. */
function privileges(text: string): string | undefined {
  const paths = new Map<string, Set<string>>();
  for (const [, path, names] of text.matchAll(/Permission check failed \((\/[^,\s]*),\s*([\w.|, ]+)\)/g)) {
    const wanted = paths.get(names ?? "") ?? new Set();
    paths.set(names ?? "", wanted.add(path ?? "/"));
  }
  if (paths.size === 0) {
    return /HTTP 403|Permission check failed/.test(text)
      ? "Grant the API token (and its user, with privilege separation) what the message names: `pveum acl modify PATH --tokens 'USER@REALM!TOKENID' --roles ROLE`."
      : undefined;
  }
  const wants = [...paths].map(([names, where]) => `${names} on ${some([...where])}`).join("; ");
  const first = [...paths][0];
  const path = first?.[1].values().next().value ?? "/";
  const privs = [...paths.keys()].join(" ").replaceAll("|", " ");
  return `Grant the API token (and its user, with privilege separation) ${wants}: \`pveum role add PveDrift --privs "${privs}"\` (or \`role modify … --append\`), then \`pveum acl modify ${
    paths.size === 1 && first?.[1].size === 1 ? path : "/"
  } --tokens 'USER@REALM!TOKENID' --roles PveDrift\`.`;
}

function some(values: string[]): string {
  return values.length > 3 ? `${values.slice(0, 3).join(", ")} and ${values.length - 3} more` : values.join(", ");
}

/** How to ask the server that the text names, without what a URL may carry of secrets. */
function probe(text: string): string {
  const url = /\b(https?):\/\/(?:[^\s/"'@]*@)?(\[[0-9a-fA-F:]+\]|[\w.-]+)(:\d+)?/.exec(text);
  if (url) return ` (\`curl -v ${url[1]}://${url[2]}${url[3] ?? ""}/\`)`;
  const host = /dial tcp:? (?:lookup )?([\w.:[\]-]*\w)/.exec(text)?.[1];
  return host === undefined ? "" : ` (\`nc -vz ${host.replace(/:(\d+)$/, " $1")}\`)`;
}
