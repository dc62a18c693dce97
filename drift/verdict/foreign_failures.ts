/**
 * What Terraform, OpenTofu, backends, registries and the operating system say when something fails, and what to do about
 * it. Data alone; what is known of a provider comes in beside it.
 *
 * One list, however long: the first pattern that fits tells the class, so their order counts.
 *
 * The phrases are those of terraform 1.11, OpenTofu 1.12 and the libraries in them, recorded in `tests/fixtures/errors`.
 *
 * @module
 */

import { REMOTE_EXECUTION } from "./cure_texts.ts";
import type { FailurePattern, Named } from "./failures.ts";

const UNREACHABLE = new RegExp(
  [
    "connection (?:refused|reset)|no such host|i/o timeout|(?:network|host) is unreachable|no route to host|broken pipe",
    "deadline exceeded|Client\\.Timeout|handshake timeout|connection timed out|operation timed out|[Cc]ould(?:n't| not) connect",
    "Could not resolve host|Temporary failure in name resolution|server misbehaving|proxyconnect",
    "unexpected EOF|: EOF\\b|gave HTTP response to HTTPS client|invalid character '<'|Bad Gateway|Service Unavailable",
    "Gateway Time-?out|exceeded maximum number of attempts|giving up after \\d+ attempt|StatusCode: (?:0|429|5\\d\\d)\\b",
    "HTTP (?:408|429|502|503|504|52\\d)\\b|remote state internal server error|Unexpected HTTP response code 5\\d\\d",
    "pq: (?:the database system is |sorry, too many clients|remaining connection slots|terminating connection)|Vault is sealed",
    "429 Too Many Requests|the request failed(?: after \\d+ attempts)?, please try again later",
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
  // Runs elsewhere
  {
    reason: "remote-execution",
    class: "config-invalid",
    pattern:
      /^(?:Saving a generated plan|Displaying a saved plan|Custom parallelism values|Run variables|Resource targeting|Planning without refresh)\b.* not (?:currently )?supported|The "remote" backend (?:does not|currently requires)/,
    cure: REMOTE_EXECUTION,
  },
  {
    reason: "remote-plan-rights",
    class: "permission",
    pattern: /^Insufficient rights to generate a plan/,
    cure:
      "Give the token of the check at least plan permission on the workspace, and look whether the workspace runs its plans remotely: pve-drift plans locally and needs the execution mode local.",
  },

  // The state's lock
  {
    reason: "lock-held-by-connection",
    class: "state-locked",
    pattern: /already locked(?: for workspace creation)?: \S+ .*Lock Info:/i,
    tellsOfAsker: true,
    cure:
      "Wait until that run has ended, or raise \"terraform.lockTimeout\". The lock ends with the connection that holds it: `SELECT pid, client_addr, backend_start FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE locktype = 'advisory'` on the database shows whose it is.",
  },
  {
    reason: "lock-held-on-platform",
    class: "state-locked",
    pattern: /already locked \(lock ID: "?(?<lock>[^")\s]+)"?\)/i,
    tellsOfAsker: true,
    cure: ({ lock = "ORGANIZATION/WORKSPACE" }) =>
      `Wait until that run has ended, or raise "terraform.lockTimeout": the workspace's page says who locked it. Only if that run is surely dead: \`terraform force-unlock ${lock}\` in the environment's folder.`,
  },
  {
    reason: "lock-refused",
    class: "state-locked",
    pattern:
      /(?:StatusCode: |Error )412\b(?!.*Lock Info:).*(?:NoSuchKey|StatusCode: 404|notFound|object doesn't exist)/,
    cure:
      'The lock was just released, or the store does not keep to conditional writes, which `use_lockfile` needs. Run the check again; if it ends like this each time, lock another way (a store that knows `If-None-Match`, `dynamodb_table`), or let the check take no lock ("terraform.lock": "none").',
  },
  {
    reason: "lock-held",
    class: "state-locked",
    pattern:
      /Lock Info:|state lock.*temporarily unavailable|(?:state|workspace)\b.* (?:is )?already locked|^Error locking state: .*is locked|^Error acquiring the state lock\b.*(?:already|lock) (?:held|locked)|ConditionalRequestConflict/i,
  },

  // Versions and workspaces
  {
    reason: "version-manager",
    class: "terraform-missing",
    pattern:
      /No version is set for (?:command )?\w+|version '[^']*' could not be resolved|\bmise ERROR .*not installed|version \S+ is not installed/i,
    cure:
      'The manager of versions (asdf, mise, tfenv, tofuenv) has none for this folder: install the one that it names for the user of the check, or name the program itself as "bin" of the environment.',
  },
  {
    reason: "state-of-newer-provider",
    class: "version-mismatch",
    pattern: /newer provider version/,
    cure:
      "The state was written with a newer provider than .terraform.lock.hcl selects: run `terraform init -upgrade` where you apply, and commit the lock file.",
  },
  {
    reason: "state-of-other-provider",
    class: "version-mismatch",
    pattern:
      /^Failed to decode resource from state|from prior state: |Unable to Read Previously Saved State|UpgradeResourceState|Failed to marshal (?:plan|state) to json.*: (?:unsupported|missing|incorrect|attribute|an? \S+ is required|schema)/i,
    cure:
      "The state holds an object that another version of its provider wrote than .terraform.lock.hcl selects. Where you apply: select that version (`terraform init -upgrade`, and commit the lock file), then rewrite the state with `terraform apply -refresh-only`; a data source can be dropped (`terraform state rm ADDRESS`), the next plan reads it anew.",
  },
  {
    reason: "core-version",
    class: "version-mismatch",
    pattern: /^Unsupported (?:Terraform|OpenTofu) Core version|Remote workspace Terraform version/,
  },
  {
    reason: "workspace",
    class: "workspace-missing",
    pattern:
      /workspace \S+ (?:doesn't|does not) exist|^No (?:existing )?workspaces\b|workspace read failed: resource not found/i,
    only: "no-object",
  },

  // What an import or another state names
  {
    reason: "import-of-nothing",
    class: "config-invalid",
    pattern: /^Cannot import non-existent remote object(?:.*? object to "(?<address>(?:[^"\\]|\\.)+)")?/,
    // Go quotes the address, keys and all.
    cure: ({ address }) =>
      `Correct the \`id\` of the \`import\` block${
        address === undefined ? "" : ` for ${address.replace(/\\(.)/g, "$1")}`
      }: nothing of this id is there (deleted, moved to another node, or hidden from the token). If it is meant to be made anew, remove the block.`,
  },
  {
    reason: "remote-state-missing",
    class: "backend-missing",
    pattern: /^Unable to find remote state/,
    cure:
      "The state that a `terraform_remote_state` data source reads does not exist: compare its backend, key and workspace with the environment that it means, and apply that one first.",
  },
  {
    reason: "remote-state-unreadable",
    class: "provider-error",
    pattern: /Unable to read remote state$/,
    isConsequence: true,
  },

  {
    reason: "url-unparsable",
    class: "config-invalid",
    pattern:
      /invalid port "?.*"? after host|net\/url: invalid userinfo|invalid character .{1,6} in host name|invalid URL escape/,
    cure:
      "An address in the code or in its variables is no URL: percent-encode what its password holds of `/ ? # @ %` and blanks (`%2F`, `%3F`, `%23`, `%40`, `%25`, `%20`).",
  },

  // Secrets that a person's shell has a session for, and a service has not
  {
    reason: "sops-key",
    class: "auth",
    isOfWrapper: true,
    pattern:
      /required to decrypt the SOPS file|no master key was able to decrypt|no identity matched any of the recipients|failed to load age identities|could not decrypt data key|error getting data key|gpg: decryption failed/i,
    cure: session(
      "the key that decrypts the SOPS file",
      "SOPS_AGE_KEY_FILE (for PGP GNUPGHOME, for a KMS its credentials)",
    ),
  },
  {
    reason: "password-store",
    class: "auth",
    isOfWrapper: true,
    pattern:
      /is not in the password store|You must run: (?:pass|gopass) |password store (?:is empty|not initialized)|failed to retrieve secret.*decrypt/i,
    cure: session("the password store and the key that decrypts it", "PASSWORD_STORE_DIR and GNUPGHOME"),
  },
  {
    reason: "onepassword-session",
    class: "auth",
    isOfWrapper: true,
    pattern:
      /1Password.*(?:sign(?:ed)? in|session|token|authenti|account|unauthorized)|accounts? configured for use with 1Password|account is not signed in|\bop(?:-cli)?\b.*not currently signed in|(?:OP_)?(?:SERVICE_ACCOUNT_TOKEN|CONNECT_TOKEN)\b|status 401: Invalid (?:bearer )?token/i,
    cure: session(
      "a service account of 1Password",
      "OP_SERVICE_ACCOUNT_TOKEN (or OP_CONNECT_HOST and OP_CONNECT_TOKEN)",
    ),
  },
  {
    reason: "doppler-token",
    class: "auth",
    isOfWrapper: true,
    pattern: /Doppler Error:.*(?:token|unauthorized|auth)|DOPPLER_TOKEN/i,
    cure: session("a service token of Doppler", "DOPPLER_TOKEN"),
  },
  {
    reason: "bitwarden-session",
    class: "auth",
    isOfWrapper: true,
    pattern:
      /(?:Bitwarden|\bbw\b|BW_\w+|\bvault\b).*(?:is locked|not logged in|session key|BW_SESSION|unable to (?:log ?in|unlock))|You are not logged in|BWS_ACCESS_TOKEN|access token is not in a valid format/i,
    cure: session(
      "a session of Bitwarden",
      "BW_SESSION (or BW_CLIENTID, BW_CLIENTSECRET and BW_PASSWORD; for the Secrets Manager BWS_ACCESS_TOKEN)",
    ),
  },
  {
    reason: "vault-token",
    class: "auth",
    isOfWrapper: true,
    pattern:
      /no vault token set|missing client token|(?:error looking up token|failed to look ?up token|token lookup failed)(?!.*\bdial tcp\b)|Vault.*(?:invalid token|token (?:is )?expired)|\/v1\/auth\/\S+ Code: 40[03]\b/i,
    cure: session("a token of Vault", "VAULT_TOKEN and VAULT_ADDR (or an auth method in the provider's block)"),
  },
  {
    reason: "vault-policy",
    class: "permission",
    pattern: /Error making API request\. URL: \S+ \S+?\/v1\/(?<path>\S+) Code: 403\b/,
    cure: ({ path = "PATH" }) =>
      `Check the service's token of Vault: \`vault token lookup\` shows whether it is still valid, \`vault token capabilities ${path}\` whether a policy lets it read what is named.`,
  },

  // OpenTofu's, whose words speak of authentication too
  {
    reason: "state-encrypted",
    class: "state-invalid",
    pattern: /decryption failed|unencrypted payload|encrypted metadata/,
    cure: "Give the check the same encryption settings as the apply has (TF_ENCRYPTION, or the `encryption` block).",
  },

  // Logins of modules and registries
  {
    reason: "module-login",
    class: "auth",
    pattern:
      /^Failed to download module.*(?:Host key verification failed|Permission denied \((?:publickey|password)|could not read (?:Username|Password|from remote repository)|Authentication failed|terminal prompts disabled|Repository not found|returned error: 40[13]|bad response code: 40[134])/i,
    cure:
      "Give the user of the service what your shell has for this module's source: for ssh a deploy key and the host in ~/.ssh/known_hosts (`sudo -u USER ssh -T git@HOST` shows it), for https credentials (`git config --global credential.helper`, or url.insteadOf with a token). Or vendor the module beside the code.",
  },
  {
    reason: "registry-login",
    class: "auth",
    pattern:
      /^(?:Failed to (?:query available|resolve|install) provider|Error accessing remote module registry|Failed to retrieve available versions).*(?:401|Unauthorized|requires? (?:authentication )?credentials)/i,
    cure:
      "Give the service a token of that registry: TF_TOKEN_HOST (dots as underscores) in its environment, or a `credentials` block in the CLI configuration of its user.",
  },
  {
    reason: "download-refused",
    class: "network",
    pattern: /^Failed to (?:query available|resolve|install) provider.*(?:403 Forbidden|: 403\b|rate limit)/i,
    cure:
      "The host of the release refuses the download: a rate limit of GitHub (the next run tries again), or a proxy that blocks it. A mirror (`terraform providers mirror DIR`, `provider_installation` in the CLI configuration) or a plugin cache needs no download.",
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
    reason: "server-wants-tls",
    class: "tls",
    pattern: /pq: SSL is required|SSL\/TLS required|connection is insecure \(try using `sslmode=require`\)/i,
    cure: "The database takes no connection without TLS: say `sslmode=verify-full` in `conn_str` (or PGSSLMODE).",
  },
  {
    reason: "server-without-tls",
    class: "tls",
    pattern: /SSL is not enabled on the server|server does not support SSL/i,
    cure:
      "The database speaks no TLS: switch it on there, or say `sslmode=disable` in `conn_str` (or PGSSLMODE) where the way to it is safe.",
  },
  {
    reason: "bucket-elsewhere",
    class: "backend-missing",
    pattern:
      /StatusCode: 301|PermanentRedirect|BucketRegionError|AuthorizationHeaderMalformed|IllegalLocationConstraint|requested bucket from "[^"]*", actual location/,
    only: "no-object",
    cure:
      'The bucket lies in another region (or behind another endpoint) than asked: correct "region" of the `backend` block or of "backendConfig" in pve-drift.json; `aws s3api get-bucket-location --bucket BUCKET` shows it.',
  },
  {
    reason: "bucket-missing",
    class: "backend-missing",
    pattern: /(?<!storage: )bucket\b.* (?:does not|doesn't) exist|NoSuchBucket/,
    only: "no-object",
    cure:
      'Compare bucket, key and region of the `backend` block and of "backendConfig" in pve-drift.json with what exists, as `aws s3 ls s3://BUCKET` shows it; the check creates none.',
  },
  {
    reason: "store-missing",
    class: "backend-missing",
    pattern:
      /ContainerNotFound|Resource(?:Group)?NotFound|storage: bucket doesn't exist|organization "[^"]*" at host \S+ not found|database "[^"]*" does not exist/,
    only: "no-object",
  },
  {
    reason: "aws-sso-login",
    class: "auth",
    pattern: /\bSSO (?:session|token|OIDC)/i,
    cure:
      "Give the service credentials of AWS that need no login: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or an AWS_PROFILE with a role that a machine may take. An `aws sso login` belongs to the user who ran it, and ends.",
  },
  {
    reason: "clock-differs",
    class: "auth",
    pattern: /RequestTimeTooSkewed|Signature (?:expired|not yet current)/,
    cure:
      "Set this machine's clock right (`timedatectl` shows whether it is synchronized): the server refuses requests of another time.",
  },
  {
    reason: "s3-login",
    class: "auth",
    pattern:
      /InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidClientTokenId|UnrecognizedClient|XAdminUserNotFound|No valid credential sources|NoCredentialProviders|S3: .*StatusCode: 401|failed to get shared config profile|failed to refresh cached credentials/i,
    cure:
      'Check the credentials that the check runs with (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or "backendConfig"): `aws sts get-caller-identity` as the same user.',
  },
  {
    reason: "azure-login",
    class: "auth",
    pattern:
      /az login|Azure CLI|AADSTS\d+|could not (?:acquire access token|configure \w+ Authorizer)|building (?:account|ARM Config)|ManagedIdentityCredential|DefaultAzureCredential|\b403\b.*\bAuthenticationFailed\b|Server failed to authenticate the request/i,
    only: "no-object",
    cure:
      "Give the service credentials of Azure: ARM_CLIENT_ID, ARM_TENANT_ID, ARM_SUBSCRIPTION_ID and ARM_CLIENT_SECRET (or ARM_USE_MSI, ARM_ACCESS_KEY for the storage account alone). An `az login` belongs to the user who ran it.",
  },
  {
    reason: "platform-login",
    class: "auth",
    pattern:
      /Required token could not be found|\b(?:terraform|tofu) login\b|^(?:Error looking up workspace|Failed to get existing workspaces|Error reading organization).*unauthorized|app\.terraform\.io.*(?:401|unauthorized)/i,
    only: "no-object",
    cure:
      "Give the service a token of the platform: TF_TOKEN_app_terraform_io (for another host its name, dots as underscores) in its environment, or ~/.terraform.d/credentials.tfrc.json of its user.",
  },
  {
    reason: "database-login",
    class: "auth",
    pattern:
      /pq: (?:\S+ authentication failed|connection requires a valid client certificate|no pg_hba\.conf entry|role "[^"]*" (?:does not exist|is not permitted to log in))/,
    only: "no-object",
    cure:
      'Check user and password of `conn_str` (or PGUSER, PGPASSWORD, "backendConfig"), and that pg_hba.conf lets this machine in the way it comes (with or without TLS: `sslmode`).',
  },
  {
    reason: "google-login",
    class: "auth",
    pattern:
      /could not find default credentials|googleapi: Error 401|oauth2: .*(?:cannot fetch token|invalid_grant)|google: .*credentials/i,
    cure:
      "Give the service credentials of Google Cloud: GOOGLE_APPLICATION_CREDENTIALS (or GOOGLE_BACKEND_CREDENTIALS) naming a key file. `gcloud auth application-default login` belongs to the user who ran it.",
  },
  {
    reason: "kubernetes-login",
    class: "auth",
    pattern:
      /You must be logged in to the server|the server has asked for the client to provide credentials|no configuration has been provided, try setting KUBERNETES|getting credentials: exec:|\.kube\/config: no such file|^Error (?:loading|refreshing|locking) state: Unauthorized\b/,
    cure:
      "Give the service access to the cluster: KUBE_CONFIG_PATH (or `config_path` of the backend) naming a kubeconfig that its user may read, with a token that does not need a login of yours.",
  },
  {
    reason: "ssh-host-key",
    class: "auth",
    pattern:
      /knownhosts: key (?:mismatch|is unknown)|host key (?:mismatch|verification failed)|unknown host key|remote host identification has changed/i,
    cure:
      "The host shows another SSH key than known_hosts of the service's user has, or one that it does not have: compare its fingerprint (`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the host), then renew the entry (`ssh-keygen -R HOST`, `ssh HOST` as that user).",
  },
  {
    reason: "ssh-login",
    class: "auth",
    pattern:
      /unable to authenticate(?: user "(?<user>[^"]+)" over SSH to "(?<host>[^":]+))?.*ssh|ssh: .*unable to authenticate|\(publickey|ssh: handshake failed/i,
    cure: ({ user = "USER", host = "HOST" }) =>
      `Give the user of the service the SSH key: an ssh-agent (SSH_AUTH_SOCK in its environment) or a key file that the provider's block names; \`sudo -u SERVICE_USER ssh ${user}@${host}\` shows whether it gets in. What ~/.ssh/config says does not count everywhere.`,
  },
  {
    reason: "http-backend-login",
    class: "auth",
    pattern: /HTTP remote state endpoint (?:requires|invalid) auth/,
    cure:
      "Give the service a login of the state's server: TF_HTTP_USERNAME and TF_HTTP_PASSWORD (of GitLab a user's name and a token with the scope api: the role Developer reads a state, Maintainer locks it). One that it has is wrong, expired, or may not do this.",
  },
  {
    reason: "tool-session",
    class: "auth",
    isOfWrapper: true,
    pattern:
      /\b(?:not (?:currently )?|must be |needs? to be )(?:logged|signed)[ -]in\b|please (?:log|sign) ?in\b|\brun:? [`"'[]*(?!(?:terraform|tofu)\b)\w[\w-]* (?:auth )?login\b|failed to get credentials for/i,
    cure: session("the login that its tool asks for", "the variables that the tool takes a token from"),
  },
  {
    reason: "login",
    class: "auth",
    pattern:
      /HTTP 401|StatusCode: 401|401 Unauthorized|authentication fail(?:ure|ed)|token expired|invalid_grant|unable to authenticate|\bunauthorized\b/i,
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
    reason: "open-files-limit",
    class: "unknown",
    pattern: /too many open files/i,
    cure: 'Raise the limit of open files (LimitNOFILE= of the unit, `ulimit -n` in a shell), or lower "concurrency".',
  },
  {
    reason: "link-loop",
    class: "config-invalid",
    pattern: /too many levels of symbolic links/i,
    cure: "Look for links that lead in a circle (`namei -l` shows each one), and let them lead to what is meant.",
  },
  {
    reason: "s3-access",
    class: "permission",
    pattern: /\bS3\b.*(?:AccessDenied|StatusCode: 403)|(?:AccessDenied|StatusCode: 403).*\bS3\b/,
    only: "no-object",
    cure:
      "The credentials are accepted but may not do this: grant the action that is named (of a state in S3: s3:ListBucket on the bucket and s3:GetObject on the key; the lock needs s3:PutObject and s3:DeleteObject).",
  },
  {
    reason: "google-access",
    class: "permission",
    pattern: /googleapi: Error 403|status code 403: Permission [\w.]+ denied/,
    cure:
      "The credentials are accepted but may not do this: grant the action that is named (of a state in Cloud Storage: roles/storage.objectViewer on the bucket; the lock needs roles/storage.objectUser).",
  },
  {
    reason: "azure-access",
    class: "permission",
    pattern: /Authorization(?:Permission)?(?:Failed|Mismatch)/,
    cure:
      "The credentials are accepted but may not do this: grant the action that is named (of a state in Azure: the role Storage Blob Data Reader on the container; the lock needs Storage Blob Data Contributor; `use_azuread_auth` spares the right to list the account's keys).",
  },
  {
    reason: "kubernetes-access",
    class: "permission",
    pattern: /is forbidden: User "(?<user>[^"]+)" cannot (?<verb>\w+) resource "(?<resource>[^"]+)"/,
    cure: ({ user = "USER", verb = "get", resource = "secrets" }) =>
      `Let "${user}" ${verb} ${resource} in that namespace (a Role with a RoleBinding; a state needs get and list on secrets, its lock get, create and update on leases): grant the action that is named.`,
  },
  {
    reason: "database-access",
    class: "permission",
    pattern: /pq: permission denied for (?<kind>\w+) (?<name>[\w.]+)/,
    cure: ({ kind = "schema", name = "NAME" }) =>
      `Grant the database's user what it lacks on the ${kind} "${name}": USAGE on the schema and SELECT on its tables; init looks whether schema, table and index are there, and \`skip_schema_creation\`, \`skip_table_creation\` and \`skip_index_creation\` keep it from making them.`,
  },
  {
    reason: "access-denied",
    class: "permission",
    pattern:
      /HTTP 403|AccessDenied|Authorization(?:Permission)?(?:Failed|Mismatch)|is not authorized to perform|StatusCode: 403|googleapi: Error 403|403 Forbidden|is forbidden: |permission denied|insufficient (?:privileges|permissions)|operation not permitted/i,
    cure: "The credentials are accepted but may not do this: grant the action that is named.",
  },

  // The state itself
  {
    reason: "state-of-newer-program",
    class: "state-invalid",
    pattern: /uses format version|which is newer than current v/,
    cure:
      'The state was written by a newer program: install that version here and name it as "terraform": { "bin": … } in pve-drift.json.',
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
      /^Plugin (?:did not respond|error)|^The \S+ plugin crashed|^Unsupported plugin method|failed to instantiate provider|Unrecognized remote plugin/,
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
    pattern: /^execution halted|operation cancell?ed/,
  },
  {
    // What every call says that was under way when a provider's process went away, or when a neighbor failed.
    reason: "call-cancelled",
    class: "interrupted",
    pattern: /^Request cancelled|context cancell?ed/,
    isConsequence: true,
  },

  // The code and what is given to it
  {
    reason: "variable-unset",
    class: "config-invalid",
    pattern:
      /^(?:No value for required variable|Variable not provided via -var)(?:.*?variable "(?<variable>[^"]+)" is not set)?/,
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
    pattern:
      /backend configuration argument|is required by the backend|^Missing region value|^Failed to read file.*The file "[^"]*" could not be read/,
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
    reason: "values-file",
    class: "config-invalid",
    pattern:
      /^(?!Invalid value for|Undeclared).*\bon (?<file>.*\.(?:tfvars(?:\.json)?|hcl|tfbackend)) line (?<line>\d+)/,
    cure: ({ file, line }) =>
      file === undefined
        ? "Correct the file of values at the line that `terraform plan` names; `terraform validate` does not read it."
        : `Correct ${file}, line ${line}: it is no \`name = value\` as Terraform reads them. \`terraform validate\` does not look there.`,
  },
  {
    reason: "module-not-installed",
    class: "config-invalid",
    pattern: /^Module not installed/,
    isConsequence: true,
    cure:
      "Run `terraform init` in the environment's folder as the user of the check, and look why the module is not fetched.",
  },
  {
    reason: "module-source",
    class: "config-invalid",
    pattern: /^(?:Failed to download |Unreadable module|Module |Unresolvable module version)/,
    cure:
      "Check the `source` of the module and that it is checked out beside the code (`git submodule status`), then run `terraform init && terraform validate` in the environment's folder.",
  },
  {
    reason: "refactoring-block",
    class: "config-invalid",
    pattern:
      /^(?:Moved object still exists|Removed (?:resource|module) still exists|Resource already managed by|Configuration for import target|Ambiguous move|Cyclic dependency in move|Redundant move)/,
    cure:
      "Correct the `moved`, `removed` or `import` block that is named, or the block that it speaks of: `terraform plan` shows both places; `terraform validate` does not look at the state.",
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

/** A cure for what a shell has and a service has not. */
function session(what: string, variables: string): string {
  return `Hand ${what} to the service: ${variables}, in "envFile" of the environment, EnvironmentFile= or a credential of the unit. What your own shell is logged in to, a timer is not.`;
}

function checksumCure(): string {
  return "Run `terraform providers lock -platform=linux_amd64` in the environment's folder on a machine where you apply and commit .terraform.lock.hcl; the check never changes it.";
}
