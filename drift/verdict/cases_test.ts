/** Failures that were told wrongly once, with others of their kind: class, and what the cure says and does not say. */

import { assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { errorOf } from "../../tests/support/failures.ts";
import { Secrets } from "../../lib/secrets.ts";
import { providers } from "../providers/registry.ts";
import type { Diagnostic, ErrorClass } from "../report.ts";
import { parseMessages } from "../terraform/stream.ts";
import { classify, type FailedCommand } from "./classify.ts";
import { judge } from "./verdict.ts";

const FIXTURES = new URL("../../tests/fixtures/cases/", import.meta.url);

interface Wanted {
  class: ErrorClass;
  /** Stands in the cure. */
  has: string[];
  /** Does not. */
  lacks?: string[];
}

const STREAMS: Record<string, Wanted> = {
  backend_logins_az_cli: { class: "auth", has: ["ARM_CLIENT_ID"] },
  backend_logins_gcs_403: { class: "permission", has: ["grant the action"] },
  backend_logins_pg_ssl: { class: "tls", has: ["sslmode=disable"] },
  crash_beside_cancelled: { class: "provider-error", has: ["provider's process"], lacks: ["it was stopped"] },
  http_596_between_nodes: { class: "tls", has: ["node_name", "pvecm updatecerts"], lacks: ["update-ca-certificates"] },
  lock_412_without_holder: { class: "state-locked", has: ["use_lockfile", "just released"], lacks: ["force-unlock"] },
  lock_holder_is_ourselves: { class: "state-locked", has: ["pg_locks"], lacks: ["force-unlock", "5f0f5b9e"] },
  registry_and_module_downloads_mod_git: { class: "auth", has: ["known_hosts", "deploy key"], lacks: ["submodule"] },
  registry_and_module_downloads_reg_429: { class: "network", has: ["next run tries again"], lacks: ["mirror"] },
  remote_execution_backend: { class: "config-invalid", has: ["execution mode to local", "replay"] },
  remote_execution_backend4: { class: "permission", has: ["plan permission"] },
  secret_provider_login_sops_age: { class: "auth", has: ["SOPS_AGE_KEY_FILE", "EnvironmentFile="] },
  secret_provider_login_vault_notoken: { class: "auth", has: ["VAULT_TOKEN"] },
  ssh_login_cure: { class: "auth", has: ["PROXMOX_VE_SSH_PRIVATE_KEY", "terraform@10.0.0.5"], lacks: ["pveum"] },
  state_from_other_provider_version: { class: "version-mismatch", has: ["-refresh-only"], lacks: ["validate"] },
  telmate_code_595: { class: "network", has: ["target_node"] },
  telmate_missing_permissions: { class: "permission", has: ["VM.Monitor", "pm_minimum_permission_check"] },
  telmate_token_form: { class: "auth", has: ["USER@REALM!TOKENID", "PM_API_TOKEN_SECRET"] },
};

for (const [name, wanted] of Object.entries(STREAMS)) {
  Deno.test(`judge() classes ${name} rightly, with advice that can be followed`, async () => {
    const messages = parseMessages(await Deno.readTextFile(new URL(`${name}.jsonl`, FIXTURES)));
    const { failure } = judge({ messages }, {
      secrets: new Secrets(),
      recall: () => ({ isNew: true, firstSeenAt: "2026-01-01T00:00:00.000Z" }),
      accepts: () => false,
      providers,
    });
    assertTold(errorOf(failure!), wanted, name);
  });
}

Deno.test("every stream among the cases is looked at", async () => {
  const names = await Array.fromAsync(Deno.readDir(FIXTURES), ({ name }) => name);
  const streams = names.filter((name) => name.endsWith(".jsonl")).map((name) => name.replace(".jsonl", ""));
  assertEquals(streams.sort(), Object.keys(STREAMS).sort());
});

Deno.test("classify() takes the one who asked for no holder of the lock", () => {
  const info =
    "Lock Info:\n  ID:        5f0f5b9e-1111\n  Who:       root@vm\n  Created:   2026-11-30 09:58:01 +0000 UTC\n";
  const lockOf = (message: string) => {
    const diagnostics = [toDiagnostic(["Error acquiring the state lock", `Error message: ${message}\n${info}`])];
    const { lock, summary } = errorOf(
      classify({ phase: "plan", exitCode: 1, diagnostics, stderr: "" }, providers.failures),
    );
    return [lock, summary];
  };
  const unknown = "State is locked by somebody unknown";
  assertEquals(lockOf("Workspace is already locked: default"), [undefined, unknown]);
  assertEquals(lockOf('workspace already locked (lock ID: "acme/net-prod")'), [
    { id: "acme/net-prod" },
    unknown,
  ]);
  assertEquals(lockOf("resource temporarily unavailable"), [
    { id: "5f0f5b9e-1111", who: "root@vm", since: "2026-11-30T09:58:01.000Z" },
    "State is locked by root@vm since 2026-11-30 09:58:01 UTC",
  ]);
});

type Told = [summary: string, detail?: string, address?: string];

/** Neighbors of the cases, in the programs' own words. */
const NEIGHBORS: [Told | Told[], Wanted, Partial<FailedCommand>?][] = [
  // Logins and rights of backends
  [
    ['Error loading state: secrets "tfstate-default-prod" is forbidden: User "system:serviceaccount:ci:drift" cannot get resource "secrets" in API group "" in the namespace "ci"'],
    { class: "permission", has: ["grant the action"] },
  ],
  [
    ["error configuring S3 Backend: failed to refresh cached credentials, refresh cached SSO token failed, unable to refresh SSO token, operation error SSO OIDC: CreateToken, InvalidGrantException"],
    { class: "auth", has: ["AWS_PROFILE"] },
    { phase: "init" },
  ],
  [
    ["Error looking up workspace", "Workspace read failed: unauthorized"],
    { class: "auth", has: ["TF_TOKEN_app_terraform_io"] },
  ],
  [
    ["Failed to get existing workspaces: Error reading organization acme: unauthorized"],
    { class: "auth", has: ["TF_TOKEN_"] },
    { phase: "init" },
  ],
  [
    ['Failed to get existing workspaces: operation error S3: ListObjectsV2, https response error StatusCode: 301, RequestID: X, HostID: X, requested bucket from "us-east-1", actual location "eu-west-1"'],
    { class: "backend-missing", has: ["region"] },
    { phase: "init" },
  ],
  [
    ["Error loading state: api error AuthorizationHeaderMalformed: The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'"],
    { class: "backend-missing", has: ["region"] },
  ],
  [["Error loading state: pq: SSL is required"], { class: "tls", has: ["sslmode"] }],
  [
    ['Error loading state: parse "postgres://tf:(sensitive)@db/tf": invalid port ":pa" after host'],
    { class: "config-invalid", has: ["percent-encode"] },
  ],
  [["fork/exec /x/provider: too many open files"], { class: "unknown", has: ["LimitNOFILE"] }],
  [["Failed to read module directory", "open /srv/x: too many levels of symbolic links"], {
    class: "config-invalid",
    has: ["namei"],
  }],
  [["failed to read item", "status 401: Invalid bearer token"], { class: "auth", has: ["OP_CONNECT_TOKEN"] }],
  [["Client Error", "Doesn't contain a decryption key: access token is not in a valid format"], {
    class: "auth",
    has: ["BWS_ACCESS_TOKEN"],
  }],
  [['Error loading state: pq: password authentication failed for user "tf"'], { class: "auth", has: ["conn_str"] }],
  [
    ['Error loading state: pq: no pg_hba.conf entry for host "192.0.2.7", user "tf", database "tf", no encryption'],
    { class: "auth", has: ["pg_hba.conf", "sslmode"] },
  ],
  [
    ["Error loading state: dialing: google: could not find default credentials. See https://cloud.google.com/docs/authentication"],
    {
      class: "auth",
      has: ["GOOGLE_APPLICATION_CREDENTIALS"],
    },
  ],
  [
    ["Error building ARM Config: building account: could not acquire access token to parse claims: AADSTS7000222: The provided client secret keys for app are expired."],
    { class: "auth", has: ["ARM_CLIENT_SECRET"] },
    { phase: "init" },
  ],
  [["Error loading state: the server has asked for the client to provide credentials"], {
    class: "auth",
    has: ["KUBE_CONFIG_PATH"],
  }],

  // Consequences beside their cause
  [
    [["Request cancelled", "The plugin.(*GRPCProvider).PlanResourceChange request was cancelled.", "a.b"], [
      "Plugin error",
      "The plugin returned an unexpected error from plugin.(*GRPCProvider).ReadResource: rpc error: code = Unavailable desc = error reading from server: EOF",
      "c.d",
    ]],
    { class: "provider-error", has: ["provider's process"], lacks: ["stopped"] },
  ],
  [
    [['Get "https://192.0.2.10:8006/api2/json/version": context canceled', "", "a.b"], [
      "received an HTTP 401 response - Reason: no such token",
      "",
      "c.d",
    ]],
    { class: "auth", has: ["pveum user token list"] },
  ],
  [
    [["Module not installed", "This module is not yet installed."], [
      "Failed to download module",
      'Could not download module "vm" (main.tf:1) source code from "git::https://git.example.org/vm.git": error downloading: Could not resolve host: git.example.org',
    ]],
    { class: "network", has: ["next run tries again"] },
    { phase: "init" },
  ],
  [
    [["Request cancelled", "The plugin.(*GRPCProvider).ReadResource request was cancelled.", "a.b"]],
    { class: "interrupted", has: ["Run the check again"] },
  ],

  // Between the nodes of a cluster
  [
    ["error fetching vm: 596 tls_process_server_certificate: certificate verify failed", "", "proxmox_vm_qemu.web"],
    { class: "tls", has: ["target_node", "pvecm updatecerts"], lacks: ["update-ca-certificates"] },
  ],
  [
    [
      "Error downloading file from url: failed to download url metadata: received an HTTP 596 response - Reason: Broken pipe",
      "",
      "proxmox_download_file.iso",
    ],
    { class: "network", has: ["on the node"] },
  ],
  [
    [
      "Error downloading file from url: failed to download url metadata: received an HTTP 500 response - Reason: 500 Can't connect to iso.example.org:443 (certificate verify failed)",
      "",
      "proxmox_download_file.iso",
    ],
    { class: "tls", has: ["on the node"] },
  ],
  [
    ["error retrieving VM 101: received an HTTP 596 response - Reason: Connection timed out", "", "a.b"],
    { class: "network", has: ["pvecm status"] },
  ],

  // Locks
  [
    [
      "Error acquiring the state lock",
      'Error message: workspace already locked (lock ID: "acme/net-prod")\nLock Info:\n  ID:        5f0f5b9e-1111-2222-3333-444444444444\n  Path:      \n  Operation: OperationTypePlan\n  Who:       root@vm\n  Created:   2026-11-30 09:58:01 +0000 UTC\n',
    ],
    { class: "state-locked", has: ["force-unlock acme/net-prod`"], lacks: ["5f0f5b9e"] },
  ],
  [
    [
      "Error acquiring the state lock",
      "Error message: Cannot lock workspace; already locked for workspace creation: default\nLock Info:\n  ID:        5f0f5b9e-1111\n  Who:       root@vm\n",
    ],
    { class: "state-locked", has: ["pg_locks"], lacks: ["5f0f5b9e"] },
  ],
  [
    ["Error acquiring the state lock", 'Error message: state "prod" already locked'],
    { class: "state-locked", has: ["lockTimeout"] },
  ],

  // Sessions of secret stores
  [["could not decrypt data key with PGP key: gpg: decryption failed: No secret key", "", "data.sops_file.s"], {
    class: "auth",
    has: ["GNUPGHOME"],
  }],
  [["age: no identity matched any of the recipients", "", "data.sops_file.s"], {
    class: "auth",
    has: ["SOPS_AGE_KEY_FILE"],
  }],
  [
    [
      "op error: [ERROR] 2026/11/30 you are not currently signed in. Please run `op signin --help`",
      "",
      "data.onepassword_item.pve",
    ],
    { class: "auth", has: ["OP_SERVICE_ACCOUNT_TOKEN"] },
  ],
  [["1Password client could not be created", "session token not found for account", "data.onepassword_item.pve"], {
    class: "auth",
    has: ["OP_SERVICE_ACCOUNT_TOKEN"],
  }],
  [["You are not logged in.", "", "data.bitwarden_item_login.pve"], { class: "auth", has: ["BW_SESSION"] }],
  [["Bitwarden Vault is locked, and no session key was given", "", "data.bitwarden_item_login.pve"], {
    class: "auth",
    has: ["BW_SESSION"],
  }],
  [[
    "error looking up token: Error making API request. Code: 403. Errors: * permission denied",
    "",
    'provider["registry.terraform.io/hashicorp/vault"]',
  ], {
    class: "auth",
    has: ["VAULT_TOKEN"],
  }],

  [[
    "failed to lookup token, err=Error making API request. Code: 403. Errors: * invalid token",
    "",
    'provider["registry.terraform.io/hashicorp/vault"]',
  ], {
    class: "auth",
    has: ["VAULT_TOKEN"],
  }],
  [[
    "Error making API request.\n\nURL: GET https://vault:8200/v1/secret/data/pve\nCode: 403. Errors:\n\n* permission denied",
    "",
    "data.vault_generic_secret.pve",
  ], {
    class: "permission",
    has: ["`vault token capabilities secret/data/pve`"],
    lacks: ["S3"],
  }],
  [
    [
      "No valid credential sources found",
      "Error: failed to refresh cached credentials, refresh cached SSO token failed, unable to refresh SSO token, operation error SSO OIDC: CreateToken, https response error StatusCode: 400",
    ],
    { class: "auth", has: ["aws sso login"] },
  ],
  [
    [
      "Error loading state",
      'Get "https://acc.blob.core.windows.net/c/x.tfstate?sv=2020": 403 AuthenticationFailed',
    ],
    { class: "auth", has: ["ARM_ACCESS_KEY"] },
  ],

  [["Error loading state: Unexpected response code: 403 (Permission denied)"], {
    class: "permission",
    has: ["grant"],
    lacks: ["pveum"],
  }],
  [["querying Cloud Storage failed: googleapi: Error 401: Invalid Credentials, authError"], {
    class: "auth",
    has: ["GOOGLE_APPLICATION_CREDENTIALS"],
  }],
  [["error getting data key: 0 successful groups required, got 0", "", "data.sops_file.pve"], {
    class: "auth",
    has: ["SOPS_AGE_KEY_FILE"],
  }],

  // States of other provider versions, imports, other states
  [
    [
      "Unable to Read Previously Saved State for UpgradeResourceState",
      "There was an error reading the saved resource state using the current resource schema.",
      "proxmox_virtual_environment_vm.this",
    ],
    { class: "version-mismatch", has: [".terraform.lock.hcl"] },
  ],
  [
    ['Failed to marshal plan to json: error marshaling prior state: unsupported attribute "cpu_old"'],
    { class: "version-mismatch", has: ["state rm"] },
    { phase: "show" },
  ],
  [
    [
      "Cannot import non-existent remote object",
      'While attempting to import an existing object to "proxmox_virtual_environment_vm.web", the provider detected that no object exists with the given id.',
      "proxmox_virtual_environment_vm.web",
    ],
    { class: "config-invalid", has: ["for proxmox_virtual_environment_vm.web", "`import` block"] },
  ],
  [
    [[
      "Unable to find remote state",
      "No stored state was found for the given workspace in the given backend.",
      "data.terraform_remote_state.net",
    ], ["data.terraform_remote_state.net: Unable to read remote state"]],
    { class: "backend-missing", has: ["terraform_remote_state"] },
  ],

  // Downloads
  [
    [
      "Failed to install provider",
      "Error while installing bpg/proxmox v0.94.0: could not query provider registry for registry.terraform.io/bpg/proxmox: failed to retrieve cryptographic signature for provider: 403 Forbidden returned from github.com",
    ],
    { class: "network", has: ["rate limit", "mirror"], lacks: ["S3"] },
    { phase: "init" },
  ],
  [
    [
      "Failed to query available provider packages",
      "Could not retrieve the list of available versions for provider acme/x: host registry.acme.example rejected the given authentication credentials: 401 Unauthorized",
    ],
    { class: "auth", has: ["TF_TOKEN_"] },
    { phase: "init" },
  ],
  [
    [
      "Failed to download module",
      'Could not download module "vm" (main.tf:3) source code from "git::https://github.com/x/y.git": error downloading: /usr/bin/git exited with 128: fatal: could not read Username for \'https://github.com\': terminal prompts disabled',
    ],
    { class: "auth", has: ["credential.helper"] },
    { phase: "init" },
  ],
  [
    [
      "Failed to download module",
      'Could not download module "vm" (main.tf:3) source code from "./vm": error downloading: no such file or directory',
    ],
    { class: "config-invalid", has: ["`source` of the module"] },
    { phase: "init" },
  ],

  // Runs elsewhere
  [
    [
      "Run variables are currently not supported",
      'The "remote" backend does not support setting run variables at this time.',
    ],
    { class: "config-invalid", has: ["execution mode to local"] },
  ],
  [
    [
      "Custom parallelism values are currently not supported",
      'The "remote" backend does not support setting a custom parallelism value at this time.',
    ],
    { class: "config-invalid", has: ["execution mode to local"] },
  ],

  // Telmate
  [["api error: code: 403 message: ", "", "proxmox_vm_qemu.web"], { class: "permission", has: ["pveum acl modify"] }],
  [["api error: code: 401 message: ", "", "proxmox_vm_qemu.web"], { class: "auth", has: ["PM_API_TOKEN_SECRET"] }],
  [["api error: code: 401 message: no such user ('tf@pve')", "", "proxmox_vm_qemu.web"], {
    class: "auth",
    has: ["PM_API_TOKEN_SECRET"],
  }],
  [["595 No route to host", "", "proxmox_vm_qemu.web"], { class: "network", has: ["target_node"] }],
  [["api error: code: 500 message: VM 101 is busy", "", "proxmox_vm_qemu.web"], {
    class: "provider-error",
    has: ["object"],
  }],
  [[
    "password and API token do not exist, one of these must exist",
    "",
    'provider["registry.terraform.io/telmate/proxmox"]',
  ], {
    class: "auth",
    has: ["PM_API_TOKEN_ID"],
  }],
  [
    [
      "api token ID must be in the format user@realm!tokenname",
      "",
      'provider["registry.terraform.io/telmate/proxmox"]',
    ],
    {
      class: "auth",
      has: ["PM_API_TOKEN_ID"],
    },
  ],

  // Files of values: where, and not what
  [
    [
      "Argument or block definition required",
      "An argument or block definition is required here.\n\non prod.tfvars line 3",
    ],
    { class: "config-invalid", has: ["Correct prod.tfvars, line 3"], lacks: ["Run `terraform validate`"] },
  ],
  [
    [
      "Invalid expression",
      "Expected the start of an expression, but found an invalid expression token.\n\non /etc/my states/backend.hcl line 12",
    ],
    { class: "config-invalid", has: ["Correct /etc/my states/backend.hcl, line 12"] },
    { phase: "init" },
  ],
  [
    ["Unsupported argument", 'An argument named "x" is not expected here.\n\non main.tf line 3'],
    { class: "config-invalid", has: ["terraform validate"] },
  ],

  // What each backend says of rights, and of itself
  [
    ['Error refreshing state: Unable to access object "prod" in S3 bucket "tf": operation error S3: HeadObject, https response error StatusCode: 403, api error Forbidden: Forbidden'],
    {
      class: "permission",
      has: ["s3:GetObject"],
    },
  ],
  [["querying Cloud Storage failed: googleapi: Error 403: ci@x does not have storage.objects.list access, forbidden"], {
    class: "permission",
    has: ["roles/storage.objectViewer"],
    lacks: ["S3", "s3:"],
  }],
  [
    ['containers.Client#ListBlobs: Failure responding to request: StatusCode=403 -- Status=403 Code="AuthorizationPermissionMismatch"'],
    {
      class: "permission",
      has: ["Storage Blob Data Reader"],
      lacks: ["S3"],
    },
  ],
  [
    ['Error loading state: leases.coordination.k8s.io "lock-tfstate" is forbidden: User "system:serviceaccount:ci:drift" cannot get resource "leases" in API group "coordination.k8s.io"'],
    {
      class: "permission",
      has: ['"system:serviceaccount:ci:drift" get leases', "RoleBinding"],
      lacks: ["S3"],
    },
  ],
  [["Error loading state: pq: permission denied for schema terraform_remote_state"], {
    class: "permission",
    has: ['the schema "terraform_remote_state"', "skip_schema_creation"],
    lacks: ["S3"],
  }],
  [
    ["Error loading state: operation error KMS: Decrypt, AccessDeniedException: x is not authorized to perform: kms:Decrypt"],
    {
      class: "permission",
      has: ["grant the action"],
      lacks: ["s3:"],
    },
  ],
  ...[
    "Error loading state: HTTP remote state endpoint requires auth",
    "Error refreshing state: HTTP remote state endpoint invalid auth",
  ]
    .map((told): [Told, Wanted] => [[told], { class: "auth", has: ["TF_HTTP_PASSWORD"] }]),
  ...[
    "Error loading state: Unauthorized",
    "Error loading state: getting credentials: exec: executable kubelogin failed with exit code 1",
    "error loading config: stat /home/ci/.kube/config: no such file or directory",
  ]
    .map((told): [Told, Wanted] => [[told], { class: "auth", has: ["KUBE_CONFIG_PATH"] }]),
  ...["pq: SASL authentication failed", "pq: connection requires a valid client certificate"]
    .map((told): [Told, Wanted] => [[`Error loading state: ${told}`], { class: "auth", has: ["conn_str"] }]),
  ...["pq: the database system is starting up", "pq: sorry, too many clients already"]
    .map((
      told,
    ): [Told, Wanted] => [[`Error loading state: ${told}`], { class: "backend-unreachable", has: ["next run"] }]),
  [["querying Cloud Storage failed: storage: bucket doesn't exist"], {
    class: "backend-missing",
    has: ["what exists"],
    lacks: ["aws"],
  }, { phase: "init" }],
  [
    ['storage.AccountsClient#GetProperties: StatusCode=404 -- Code="ResourceGroupNotFound" Message="Resource group \'x\' could not be found."'],
    {
      class: "backend-missing",
      has: ["what exists"],
    },
    { phase: "init" },
  ],
  [
    ["Error loading state: api error RequestTimeTooSkewed: The difference between the request time and the current time is too large."],
    {
      class: "auth",
      has: ["timedatectl"],
    },
  ],
  [[
    "No workspaces found",
    "There are no workspaces with the configured tags (pve) in your HCP Terraform organization.",
  ], {
    class: "workspace-missing",
    has: ["workspace list"],
  }, { phase: "init" }],
  [["Error decrypting state", "decryption failed for all provided methods: cipher: message authentication failed"], {
    class: "state-invalid",
    has: ["TF_ENCRYPTION"],
  }],
  [["Error loading state: state snapshot was created by Terraform v1.99.0, which is newer than current v1.11.4"], {
    class: "state-invalid",
    has: ["newer program"],
  }],
  ...[
    "Error message: lock is already held by another client",
    "Error message: operation error S3: PutObject, https response error StatusCode: 409, api error ConditionalRequestConflict: The conditional request cannot succeed",
  ]
    .map((
      told,
    ): [Told, Wanted] => [["Error acquiring the state lock", told], { class: "state-locked", has: ["Wait until"] }]),

  ...[
    ["Missing Required Value", 'The attribute "key" is required by the backend.\n\non main.tf line 2'],
    ["Missing region value", 'The "region" attribute or the "AWS_REGION" environment variable must be set.'],
  ].map((told): [Told, Wanted, Partial<FailedCommand>] => [
    told as [string, string],
    { class: "config-invalid", has: ['"backendConfig"'] },
    { phase: "init" },
  ]),

  ...[
    "infisical: error: You must be logged in to run this command. To login, run [infisical login]",
    "no token found, run vault login",
    "error: Teller: not logged in",
    "aws-vault: error: exec: Failed to get credentials for prod: keyring backend not available",
  ].map((told): [Told, Wanted] => [[told], { class: "auth", has: ["EnvironmentFile="] }]),
  ...[
    "version 'latest-allowed' could not be resolved (set by /srv/.terraform-version)",
    "mise ERROR terraform@1.9 not installed",
    "No version is set for command terraform",
  ].map((told): [Told, Wanted] => [[told], { class: "terraform-missing", has: ["for the user of the check"] }]),
  [
    ["The terraform-provider-proxmox_v0.94.0 plugin crashed!", "This is always indicative of a bug within the plugin."],
    {
      class: "provider-error",
      has: ["provider's process"],
    },
  ],

  // SSH: what answers is not what was expected, or nothing does
  [[
    "failed to open SSH client",
    "failed to dial 10.0.0.5:22: dial tcp 10.0.0.5:22: connect: connection refused",
    "proxmox_virtual_environment_file.x",
  ], {
    class: "network",
    has: ["nc -vz 10.0.0.5 22"],
    lacks: ["SSH_AUTH_SOCK"],
  }],
  [[
    "error creating SSH client",
    "ssh: handshake failed: knownhosts: key mismatch",
    "proxmox_virtual_environment_file.x",
  ], {
    class: "auth",
    has: ["ssh-keygen -R"],
    lacks: ["SSH_AUTH_SOCK"],
  }],

  // Other stores of secrets
  [[
    "External Program Execution Failed",
    "Program: /usr/bin/pass\nError Message: Error: pve/token is not in the password store.\nState: exit status 1",
    "data.external.s",
  ], {
    class: "auth",
    has: ["GNUPGHOME"],
  }],
  [[
    "Invalid provider configuration",
    'Either Connect credentials ("connect_token" and "connect_url"), Service Account ("service_account_token"), or Account ("account") should be set.',
    'provider["registry.terraform.io/1password/onepassword"]',
  ], {
    class: "auth",
    has: ["OP_SERVICE_ACCOUNT_TOKEN"],
  }],
  [[
    "error logging in to Vault",
    "Error making API request.\n\nURL: PUT https://vault:8200/v1/auth/approle/login\nCode: 400. Errors:\n\n* invalid role or secret ID",
    'provider["registry.terraform.io/hashicorp/vault"]',
  ], {
    class: "auth",
    has: ["VAULT_TOKEN"],
  }],
  [[
    "failed to lookup token",
    'Get "https://vault:8200/v1/auth/token/lookup-self": dial tcp 10.0.0.1:8200: connect: connection refused',
    'provider["registry.terraform.io/hashicorp/vault"]',
  ], {
    class: "network",
    has: ["https://vault:8200"],
  }],
  [[
    "Error making API request.\n\nURL: GET https://vault:8200/v1/secret/data/pve\nCode: 503. Errors:\n\n* Vault is sealed",
    "",
    "data.vault_generic_secret.pve",
  ], {
    class: "network",
    has: ["next run"],
  }],
  [["Unable to read secret", "status code 401 Unauthorized: token expired", "data.infisical_secrets.x"], {
    class: "auth",
    has: ["credentials"],
    lacks: ["PROXMOX_VE_API_TOKEN"],
  }],

  // Blocks that are about the state, and variables that a backend needs
  [[
    "Cannot import non-existent remote object",
    'While attempting to import an existing object to "module.vm[\\"a.b\\"].proxmox_virtual_environment_vm.this", the provider detected that no object exists with the given id.',
  ], {
    class: "config-invalid",
    has: ['for module.vm["a.b"].proxmox_virtual_environment_vm.this:'],
  }],
  ...[
    "Moved object still exists",
    "Removed resource still exists",
    "Resource already managed by Terraform",
    "Configuration for import target does not exist",
  ]
    .map((told): [Told, Wanted] => [[told], { class: "config-invalid", has: ["`import` block that is named"] }]),
  [["Variable not provided via -var, tfvars files, or env", 'the variable "bucket" is not set'], {
    class: "config-invalid",
    has: ["TF_VAR_bucket"],
  }, { phase: "init" }],
  [[
    "error retrieving VM 101: received an HTTP 500 response - Reason: hostname lookup 'pve3' failed - failed to get address info for: pve3: Name or service not known",
    "",
    "a.b",
  ], {
    class: "network",
    has: ["pvecm status"],
  }],
];

for (const [told, wanted, rest] of NEIGHBORS) {
  const diagnostics = (Array.isArray(told[0]) ? told as Told[] : [told as Told]).map(toDiagnostic);

  Deno.test(`classify() classes ${diagnostics.map(({ summary }) => summary).join(" + ").slice(0, 70)} rightly`, () => {
    const command: FailedCommand = { phase: "plan", exitCode: 1, diagnostics, stderr: "", ...rest };
    const failure = classify(command, providers.failures);
    assertTold(errorOf(failure), wanted, diagnostics[0]!.summary);
    const hidden = errorOf(failure, true);
    assertEquals(hidden.class, wanted.class);
    for (const one of diagnostics) assertFalse(JSON.stringify(hidden).includes(one.summary), "a text shows through");
  });
}

function toDiagnostic([summary, detail = "", address]: Told): Diagnostic {
  return { severity: "error", summary, detail, ...(address === undefined ? {} : { address }) };
}

function assertTold(error: ReturnType<typeof errorOf>, { class: cls, has, lacks = [] }: Wanted, name: string) {
  assertEquals(error.class, cls, `${name}: ${error.summary}`);
  for (const words of has) assertStringIncludes(error.cure, words, name);
  for (const words of lacks) {
    assertFalse(error.cure.includes(words), `${name}: the cure says "${words}": ${error.cure}`);
  }
}
