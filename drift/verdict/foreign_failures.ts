/**
 * What Terraform, OpenTofu, backends, registries and the operating system say when something fails, and what to do about
 * it. Data alone; what is known of a provider comes in beside it.
 *
 * The phrases are those of terraform 1.11, OpenTofu 1.12 and the libraries in them, recorded in `tests/fixtures/errors`.
 *
 * @module
 */

import type { FailurePattern, Named } from "./failures.ts";

const UNREACHABLE = new RegExp(
  [
    "connection (?:refused|reset)|no such host|i/o timeout|(?:network|host) is unreachable|no route to host|broken pipe",
    "deadline exceeded|Client\\.Timeout|handshake timeout|connection timed out|operation timed out|[Cc]ould(?:n't| not) connect",
    "Could not resolve host|Temporary failure in name resolution|server misbehaving|proxyconnect",
    "unexpected EOF|: EOF\\b|gave HTTP response to HTTPS client|invalid character '<'|Bad Gateway|Service Unavailable",
    "Gateway Time-?out|exceeded maximum number of attempts|giving up after \\d+ attempt|StatusCode: (?:0|429|5\\d\\d)\\b",
    "HTTP (?:408|429|502|503|504|52\\d)\\b|remote state internal server error|Unexpected HTTP response code 5\\d\\d",
  ].join("|"),
  "i",
);

/** Texts that quote the user's own words: tried before all others, which look for a phrase anywhere. */
export const QUOTING_PATTERNS: readonly FailurePattern[] = [
  {
    reason: "condition",
    class: "condition-failed",
    pattern: /^(?:Resource (?:pre|post)condition|Module output value precondition|Check block assertion) failed/,
  },
  {
    reason: "prevent-destroy",
    class: "condition-failed",
    pattern: /^(?:Resource i|I)nstance cannot be destroyed/,
    cure:
      "The plan wants to destroy what `prevent_destroy` protects: look with `terraform plan` what forces it, and undo that change outside or in the code. Do not lift the protection before you know.",
  },
  {
    reason: "variable-invalid",
    class: "config-invalid",
    pattern:
      /^Invalid value for (?:input )?variable(?:.*?(?:value for var\.|value is not suitable for var\.)(?<variable>[\w-]+))?/,
    cure: variableCure,
  },
];

/** The patterns of everybody but providers, in the order in which they are tried. */
export const FOREIGN_PATTERNS: readonly FailurePattern[] = [
  // The state's lock
  {
    reason: "lock-held",
    class: "state-locked",
    pattern:
      /Lock Info:|state lock.*temporarily unavailable|(?:state|workspace)\b.* (?:is )?already locked|^Error locking state: .*is locked/i,
  },

  // Versions and workspaces
  {
    reason: "state-of-newer-provider",
    class: "version-mismatch",
    pattern: /newer provider version/,
    cure:
      "The state was written with a newer provider than .terraform.lock.hcl selects: run `terraform init -upgrade` where you apply, and commit the lock file.",
  },
  {
    reason: "core-version",
    class: "version-mismatch",
    pattern: /^Unsupported (?:Terraform|OpenTofu) Core version|Remote workspace Terraform version/,
  },
  {
    reason: "workspace",
    class: "workspace-missing",
    pattern: /workspace \S+ (?:doesn't|does not) exist|^No existing workspaces/i,
    only: "no-object",
  },

  // The other side
  {
    reason: "certificate-expired",
    class: "tls",
    pattern: /x509: .*(?:expired|not yet valid)|certificate has expired/,
    cure: "Renew the certificate of the server and check this machine's clock (`timedatectl`).",
  },
  {
    reason: "certificate-untrusted",
    class: "tls",
    pattern: /x509:|\btls: (?!handshake timeout)|SSL certificate problem|certificate verify failed/,
  },
  {
    reason: "bucket-missing",
    class: "backend-missing",
    pattern: /bucket\b.* (?:does not|doesn't) exist|NoSuchBucket/,
    only: "no-object",
    cure:
      'Compare bucket, key and region of the `backend` block and of "backendConfig" in pve-drift.json with what exists, as `aws s3 ls s3://BUCKET` shows it; the check creates none.',
  },
  {
    reason: "store-missing",
    class: "backend-missing",
    pattern: /ContainerNotFound|organization "[^"]*" at host \S+ not found|database "[^"]*" does not exist/,
    only: "no-object",
  },
  {
    reason: "s3-login",
    class: "auth",
    pattern:
      /InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidClientTokenId|UnrecognizedClient|XAdminUserNotFound|No valid credential sources|S3: .*StatusCode: 401/,
    cure:
      'Check the credentials that the check runs with (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or "backendConfig"): `aws sts get-caller-identity` as the same user.',
  },
  {
    reason: "ssh-login",
    class: "auth",
    pattern: /unable to authenticate.* ssh|ssh: .*unable to authenticate|\(publickey/i,
  },
  {
    reason: "login",
    class: "auth",
    pattern:
      /HTTP 401|StatusCode: 401|401 Unauthorized|authentication fail(?:ure|ed)|token expired|could not find default credentials|invalid_grant|state endpoint (?:requires|invalid) auth|Required token could not be found|unable to authenticate/i,
  },
  {
    reason: "read-only-file-system",
    class: "permission",
    pattern: /read-only file system/i,
    cure:
      'What is written there lies on a read-only file system: let "stateDir" be writable (ReadWritePaths= of the unit), or leave "terraform.lock" at "confirm" or "none" where the state is a local file.',
  },
  {
    reason: "file-access",
    class: "permission",
    pattern:
      /(?:open|write|mkdir|lstat|stat|read|fork\/exec) (?<file>\S+): (?:permission denied|operation not permitted)/i,
    cure: ({ file = "FILE" }) =>
      `Give the user of the check access to the file that is named (\`namei -l ${file}\` shows which folder bars the way), or run the check as a user that has it.`,
  },
  {
    reason: "access-denied",
    class: "permission",
    pattern:
      /HTTP 403|AccessDenied|AuthorizationFailed|is not authorized to perform|StatusCode: 403|403 Forbidden|permission denied|insufficient (?:privileges|permissions)|operation not permitted/i,
    cure:
      "The credentials are accepted but may not do this: grant the action that is named (of a state in S3: s3:ListBucket on the bucket and s3:GetObject on the key; the lock needs s3:PutObject and s3:DeleteObject).",
  },

  // The state itself
  {
    reason: "state-of-newer-program",
    class: "state-invalid",
    pattern: /uses format version/,
    cure:
      'The state was written by a newer program: install that version here and name it as "terraform": { "bin": … } in pve-drift.json.',
  },
  {
    reason: "state-encrypted",
    class: "state-invalid",
    pattern: /decryption failed|unencrypted payload|encrypted metadata/,
    cure: "Give the check the same encryption settings as the apply has (TF_ENCRYPTION, or the `encryption` block).",
  },
  {
    reason: "state-damaged",
    class: "state-invalid",
    pattern:
      /Unsupported state file format|Failed to read state file|Invalid .{1,60} in (?:the )?state\b|Duplicate resource instance in state|state data in \S+ does not have the expected content|does not match the expected hash/,
  },

  // Providers as programs. In OpenTofu a wrong checksum is an error of the provider's start.
  {
    reason: "provider-checksum-recorded",
    class: "lockfile-mismatch",
    pattern: /checksums (?:previously )?recorded in the dependency lock file/,
    cure: checksumCure(),
  },
  {
    reason: "provider-process",
    class: "provider-error",
    pattern:
      /^Plugin (?:did not respond|error)|^Unsupported plugin method|failed to instantiate provider|Unrecognized remote plugin/,
    cure:
      "The provider's process ended or does not start: run `terraform plan` with TF_LOG=debug in the environment's folder, look for an OOM kill (`journalctl -k -g oom`), and check that its version fits this machine.",
  },
  {
    reason: "provider-answer",
    class: "provider-error",
    pattern: /^Provider (?:produced|returned) /,
  },

  // What a function was given can look like an answer that was cut off.
  {
    reason: "function-call",
    class: "config-invalid",
    pattern: /^(?:Error in function call|Invalid function argument)/,
  },
  {
    reason: "backend-silent",
    class: "backend-unreachable",
    pattern: UNREACHABLE,
    only: "backend",
    cure: ({ probe = "" }) =>
      `Check from this machine that the state's server answers${probe}: DNS, firewall, proxy, or the server itself. The next run tries again.`,
  },
  {
    reason: "server-silent",
    class: "network",
    pattern: UNREACHABLE,
    cure: ({ probe = "" }) =>
      `Check from this machine that the other side answers${probe}: DNS, firewall, proxy. The next run tries again.`,
  },
  {
    reason: "provider-checksum",
    class: "lockfile-mismatch",
    pattern: /\bany of the checksums\b|\bchecksums?\b.* lock file|checksum list/,
    cure: checksumCure(),
  },
  {
    reason: "provider-selection",
    class: "lockfile-mismatch",
    pattern:
      /locked provider .* does not match|dependency lock file (?:is|The)|^Provider dependency changes detected|^Inconsistent dependency lock file/,
  },
  {
    reason: "provider-not-found",
    class: "provider-missing",
    pattern:
      /^(?:Failed to (?:query available|resolve) provider|Required plugins are not installed|Failed to install provider|Missing required provider$|Invalid provider registry host|Incompatible provider version)(?:.*?(?:provider|package for) (?:registry\.\S+?\/)?(?<provider>[\w-]+\/[\w-]+))?/,
    cure: ({ provider = "the provider" }) =>
      `Run \`terraform init\` in the environment's folder as the user of the check. Without the registry, put ${provider} in the mirror that the CLI configuration names (\`terraform providers mirror DIR\` fills one), in the version of .terraform.lock.hcl.`,
  },
  {
    reason: "backend-changed",
    class: "init-failed",
    pattern: /initialization required|^Backend configuration changed/i,
    cure:
      'The backend differs from the one that was initialized: compare the `backend` block with "backendConfig" in pve-drift.json, and try `terraform init -reconfigure` in a copy of the environment\'s folder.',
  },
  {
    reason: "backend-not-initialized",
    class: "init-failed",
    pattern: /initialization failed|the backend configuration:/,
  },
  {
    reason: "cancelled",
    class: "interrupted",
    pattern: /^execution halted|^Request cancelled|operation cancell?ed|context cancell?ed/,
  },

  // The code and what is given to it
  {
    reason: "variable-unset",
    class: "config-invalid",
    pattern: /^No value for required variable(?:.*?variable "(?<variable>[^"]+)" is not set)?/,
    cure: variableCure,
  },
  {
    reason: "var-file",
    class: "config-invalid",
    pattern: /^Failed to read variables file/,
    cure:
      'Correct "varFiles" of the environment in pve-drift.json: the paths are relative to the environment\'s folder.',
  },
  {
    reason: "code-unreadable",
    class: "config-invalid",
    pattern:
      /^Failed to read (?:module |directory|file).*The file "(?<file>[^"]*\.(?:tf|tofu)(?:\.json)?)" could not be read/,
    cure: ({ file = "FILE" }) =>
      `Let the user of the check read "${file}" (\`namei -l FILE\` shows what bars the way).`,
  },
  {
    reason: "backend-config",
    class: "config-invalid",
    pattern: /backend configuration argument|^Failed to read file.*The file "[^"]*" could not be read/,
    cure:
      'Correct "backendConfig" of the environment in pve-drift.json: files relative to the environment\'s folder, or key=value that the backend knows.',
  },
  {
    reason: "no-code",
    class: "config-invalid",
    pattern: /^No configuration files/,
    cure: 'Correct "dir" of the environment in pve-drift.json: the folder must be there and hold *.tf.',
  },
  {
    reason: "module-source",
    class: "config-invalid",
    pattern: /^(?:Failed to download |Unreadable module|Module )/,
    cure:
      "Check the `source` of the module and that it is checked out beside the code (`git submodule status`), then run `terraform init && terraform validate` in the environment's folder.",
  },
  {
    reason: "code",
    class: "config-invalid",
    pattern:
      /^(?:Invalid|Unsupported|Missing|Duplicate|Undeclared|Unsuitable|Unterminated|Unclosed|Unbalanced|Mismatched|Incorrect|Insufficient|Inconsistent|Conflicting|Ambiguous|Extra|Reserved|Nested|Wrong number|Too (?:many|few)|Not enough function)\b/,
  },
  {
    reason: "code-expression",
    class: "config-invalid",
    pattern:
      /^(?:Reference to|Self-referenc|Cycle: |Argument |Attribute |Attempt to|Call to unknown|Function calls not|Operation failed|Iteration over|Condition is null|Variables not allowed|Sensitive value|Ephemeral |Output refers|Error message refers|Unexpected (?:end|attribute|block)|Unknown (?:variable|module)|Splat |Null (?:value|condition)|Trailing comma)/,
  },
  {
    reason: "code-structure",
    class: "config-invalid",
    pattern:
      /^(?:Failed to (?:read (?:module |directory|file)|decode )|Provider (?:configuration not present|type mismatch)|Root module |Cannot (?:override|resolve) |expected "?\S+"? to be )|workspace name .* is not allowed/,
  },
];

function variableCure({ variable }: Named): string {
  return `Give the variable${
    variable === undefined ? "" : ` "${variable}"`
  } a value that fits: in a file named under "varFiles" of the environment, or as TF_VAR_${
    variable ?? "NAME"
  } in the environment of the check.`;
}

function checksumCure(): string {
  return "Run `terraform providers lock -platform=linux_amd64` in the environment's folder on a machine where you apply and commit .terraform.lock.hcl; the check never changes it.";
}
