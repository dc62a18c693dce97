/**
 * Records what Terraform or OpenTofu really says when it fails: each case below is played in a throwaway folder, and its
 * diagnostics, its text output and its exit code become one line of `NAME.jsonl` in tests/fixtures/errors. Run it again for a new version:
 *
 *     deno run -A tests/record/errors.ts terraform terraform-1.11.4.jsonl
 *
 * Cases that need more are left out where it is missing: `S3_SERVER` (path of versitygw), root (a full disk, another user).
 * What depends on the machine is replaced: the folder by `/estate`, ports by 9000, ids and times by fixed ones.
 *
 * @module
 */

type Files = Record<string, string>;

type Around = (dir: string) => Promise<() => Promise<void> | void>;

interface Case {
  /** Name, and the class of the contract that is right. */
  name: string;
  class: string;
  phase: "init" | "workspace" | "plan" | "show";
  files?: Files;
  /** Commands that come first and are not recorded. */
  before?: string[][];
  command: string[];
  env?: Record<string, string>;
  /** Runs between `before` and `command`; what it returns is called afterwards. */
  around?: Around | undefined;
  /** Ends the recorded command after it has begun to wait. */
  signal?: { send: Deno.Signal; afterMs: number };
  root?: true;
  s3?: true;
}

const bin = Deno.args[0] ?? "terraform";
const out = new URL(`../fixtures/errors/${Deno.args[1] ?? "terraform.jsonl"}`, import.meta.url);
const s3Server = Deno.env.get("S3_SERVER");
const isRoot = Deno.uid() === 0;
const base = await Deno.makeTempDir({ prefix: "record-" });
const S3_KEYS = { AWS_ACCESS_KEY_ID: "lab", AWS_SECRET_ACCESS_KEY: "labsecret", AWS_EC2_METADATA_DISABLED: "true" };

const PLAN = ["plan", "-input=false", "-json", "-detailed-exitcode", "-lock=false"];
const LOCKED_PLAN = ["plan", "-input=false", "-json", "-detailed-exitcode", "-lock-timeout=0s"];
const INIT = ["init", "-input=false", "-json", "-lockfile=readonly"];
const ONE = 'resource "terraform_data" "a" {\n  input = 1\n}\n';

const LOCAL = 'terraform {\n  backend "local" {}\n}\n';
const LOCK_BODY = JSON.stringify({
  ID: "11111111-2222-3333-4444-555555555555",
  Operation: "OperationTypeApply",
  Who: "ops@workstation",
  Created: "2026-05-04T03:02:01.123456789Z",
});

function s3(port: number, bucket = "states", extra = ""): string {
  return `terraform {
  backend "s3" {
    bucket = "${bucket}"
    key = "prod.tfstate"
    region = "us-east-1"
    endpoints = { s3 = "http://127.0.0.1:${port}" }
    use_path_style = true
    use_lockfile = true
    max_retries = 1
    skip_credentials_validation = true
    skip_requesting_account_id = true
    skip_metadata_api_check = true
    skip_region_validation = true
    skip_s3_checksum = true
    ${extra}
  }
}
${ONE}`;
}

function http(port: number, extra = ""): string {
  return `terraform {
  backend "http" {
    address = "http://127.0.0.1:${port}/state"
    lock_address = "http://127.0.0.1:${port}/state"
    unlock_address = "http://127.0.0.1:${port}/state"
    retry_max = 0
    ${extra}
  }
}
${ONE}`;
}

/** A state server that answers everything with one status. */
function answering(port: number, status: number, body = ""): Around {
  return () => {
    const server = Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, () => new Response(body, { status }));
    return Promise.resolve(() => server.shutdown());
  };
}

/** Accepts connections and never answers. */
function silent(port: number): Around {
  return () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port });
    const open: Deno.Conn[] = [];
    const accepting = (async () => {
      for await (const connection of listener) open.push(connection);
    })();
    return Promise.resolve(async () => {
      listener.close();
      for (const connection of open) connection.close();
      await accepting.catch(() => {});
    });
  };
}

async function run(dir: string, args: string[], env?: Record<string, string>, signal?: Case["signal"]) {
  const child = new Deno.Command(args[0] === "sh" ? "sh" : bin, {
    args: args[0] === "sh" ? args.slice(1) : args,
    cwd: dir,
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: dir,
      TF_CLI_CONFIG_FILE: `${base}/empty.tfrc`,
      CHECKPOINT_DISABLE: "1",
      TF_IN_AUTOMATION: "1",
      BIN: bin,
      ...env,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = signal && setTimeout(() => child.kill(signal.send), signal.afterMs);
  const result = await child.output();
  if (timer) clearTimeout(timer);
  return {
    exitCode: result.code,
    ...(result.signal ? { signal: result.signal as string } : {}),
    stdout: new TextDecoder().decode(result.stdout),
    stderr: new TextDecoder().decode(result.stderr),
  };
}

/** A lock as an apply of somebody else holds it. */
function heldByApply(env: Record<string, string> = {}): Around {
  return async (dir) => {
    await run(dir, ["init", "-input=false"], env);
    const holding = run(dir, ["apply", "-auto-approve", "-input=false"], env);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    return async () => void await holding;
  };
}

/** A mirror folder that holds a "provider", a program that is none. */
async function fakeMirror(dir: string, version: string, body: string): Promise<void> {
  const place = `${dir}/mirror/registry.terraform.io/example/fake/${version}/linux_amd64`;
  const tofu = `${dir}/mirror/registry.opentofu.org/example/fake/${version}/linux_amd64`;
  for (const folder of [place, tofu]) {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(`${folder}/terraform-provider-fake_v${version}`, body, { mode: 0o755 });
  }
  await Deno.writeTextFile(
    `${dir}/mirror.tfrc`,
    `provider_installation {\n  filesystem_mirror {\n    path = "${dir}/mirror"\n  }\n}\n`,
  );
}

function fake(version: string): string {
  return `terraform {
  required_providers {
    fake = {
      source  = "example/fake"
      version = "${version}"
    }
  }
}
resource "fake_thing" "a" {}
`;
}

const BPG = `terraform {
  required_providers {
    proxmox = {
      source  = "bpg/proxmox"
      version = "0.111.1"
    }
  }
}
`;
const MIRROR = { TF_CLI_CONFIG_FILE: "mirror.tfrc" };

/** A mirror with a provider that is none, and what else comes before the command. */
function mirrored(version: string, then?: (dir: string) => Promise<void>): Partial<Case> {
  const around = async (dir: string) => {
    await fakeMirror(dir, version, "#!/bin/sh\necho hello\n");
    await then?.(dir);
    return () => {};
  };
  return { env: MIRROR, around };
}

const SLOW = `resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "sleep 8"
  }
}
`;

/** A case whose command is a plan without the lock, unless `more` says otherwise. */
function plan(name: string, right: string, text: string, more: Partial<Case> = {}): Case {
  return { name, class: right, phase: "plan", files: { "main.tf": text }, command: PLAN, ...more };
}

function init(name: string, right: string, text: string, more: Partial<Case> = {}): Case {
  return plan(name, right, text, { phase: "init", command: INIT, ...more });
}

/** One resource with this body. */
function data(body: string): string {
  return `resource "terraform_data" "a" {\n  ${body}\n}\n`;
}

function state(fields: string): Files {
  return {
    "main.tf": ONE,
    "terraform.tfstate": `{"version": 4, "serial": 1, "lineage": "x", "outputs": {}, ${fields}}`,
  };
}

const NEWER = `{"mode": "managed", "type": "terraform_data", "name": "a",
  "provider": "provider[\\"terraform.io/builtin/terraform\\"]",
  "instances": [{"schema_version": 7, "attributes": {"id": "x"}}]}`;
const NODES = 'variable "nodes" {\n  default = 1\n}\n';
const CONDITION = 'precondition {\n    condition = var.nodes > 1\n    error_message = "Too few nodes."\n  }';
const HOLD =
  `${ONE}resource "terraform_data" "b" {\n  triggers_replace = [1]\n  lifecycle {\n    prevent_destroy = true\n  }\n}\n`;
const MODULE = 'module "vm" {\n  source = "./vm"\n}\n';
const REMOTE = 'data "terraform_remote_state" "a" {\n  backend = "local"\n  config = { path = "b.tfstate" }\n';
const nobody = (args: string[]) => [
  "sh",
  "-c",
  `chmod a+rx . ..; exec setpriv --reuid 65534 --clear-groups "$BIN" ${args.join(" ")}`,
];
const NOBODY = { root: true, env: { TF_DATA_DIR: "/tmp/nobody-data" } } as const;
const BUCKET = { s3: true, env: S3_KEYS, around: s3Running } as const;

const cases: Case[] = [
  plan("hcl_broken", "config-invalid", data('input = "x')),
  init("hcl_broken_init", "config-invalid", data('input = "x')),
  plan("variable_missing", "config-invalid", 'variable "region" {}\n'),
  plan(
    "variable_rejected",
    "config-invalid",
    'variable "n" {\n  default = 1\n  validation {\n    condition = var.n > 3\n    error_message = "n must be over 3"\n  }\n}\n',
  ),
  plan("variable_type", "config-invalid", 'variable "n" {\n  type = number\n  default = 1\n}\n', {
    env: { TF_VAR_n: "x" },
  }),
  plan("varfile_missing", "config-invalid", ONE, { command: [...PLAN, "-var-file=prod.tfvars"] }),
  plan("variable_undeclared", "config-invalid", data("input = var.nope")),
  plan("argument_unknown", "config-invalid", data("inputs = 1")),
  plan("attribute_unknown", "config-invalid", `${ONE}output "o" {\n  value = terraform_data.a.nope\n}\n`),
  plan("function_fails", "config-invalid", data('input = file("gone.txt")')),
  plan("index_invalid", "config-invalid", data("input = [1][3]")),
  plan("for_each_unknown", "config-invalid", data("for_each = toset([uuid()])")),
  plan("cycle", "config-invalid", "locals {\n  a = local.b\n  b = local.a\n}\n"),
  plan("no_configuration", "config-invalid", "", { files: {} }),
  plan("module_not_installed", "config-invalid", MODULE),
  init("module_missing", "config-invalid", MODULE),
  plan("module_argument_missing", "config-invalid", MODULE, {
    files: { "main.tf": MODULE, "vm/main.tf": 'variable "name" {}\n' },
    before: [["init"]],
  }),
  init("module_unreachable", "network", 'module "vm" {\n  source = "git::https://127.0.0.1:9/vm.git"\n}\n'),
  init("backend_type_unknown", "config-invalid", 'terraform {\n  backend "s4" {}\n}\n'),
  init("backend_argument_missing", "config-invalid", 'terraform {\n  backend "s3" {}\n}\n'),
  init("backend_argument_unknown", "config-invalid", LOCAL, { command: [...INIT, "-backend-config=pth=x"] }),
  init("backend_config_file_missing", "config-invalid", LOCAL, { command: [...INIT, "-backend-config=gone.hcl"] }),
  plan("core_too_old", "version-mismatch", 'terraform {\n  required_version = ">= 99.0"\n}\n'),
  init("core_too_old_init", "version-mismatch", 'terraform {\n  required_version = ">= 99.0"\n}\n'),
  plan("workspace_missing", "workspace-missing", ONE, { phase: "workspace", command: ["workspace", "select", "nope"] }),
  init("backend_changed", "init-failed", LOCAL, {
    before: [["init"]],
    command: [...INIT, "-backend-config=path=b.tfstate"],
  }),
  plan("backend_not_initialized", "init-failed", LOCAL),
  init("init_disk_full", "init-failed", LOCAL, { root: true, env: { TF_DATA_DIR: "full/data" }, around: fullDisk }),
  plan("plan_disk_full", "unknown", ONE, { root: true, command: [...PLAN, "-out=full/plan"], around: fullDisk }),
  plan("show_disk_full", "unknown", ONE, {
    phase: "show",
    root: true,
    command: ["show", "-json", "full/plan"],
    around: async (dir) => {
      const free = await fullDisk(dir);
      await run(dir, ["plan", "-out=full/plan"]);
      return free;
    },
  }),
  plan("lockfile_inconsistent", "lockfile-mismatch", BPG),
  init("lockfile_readonly", "lockfile-mismatch", fake("1.0.0"), mirrored("1.0.0")),
  init(
    "lockfile_checksum",
    "lockfile-mismatch",
    fake("1.0.0"),
    mirrored("1.0.0", async (dir) => {
      await run(dir, ["init"], MIRROR);
      await Deno.remove(`${dir}/.terraform`, { recursive: true });
      await fakeMirror(dir, "1.0.0", "#!/bin/sh\n# another\n");
    }),
  ),
  init(
    "lockfile_version",
    "lockfile-mismatch",
    fake("1.0.0"),
    mirrored("1.0.0", async (dir) => {
      await fakeMirror(dir, "2.0.0", "#!/bin/sh\n");
      await run(dir, ["init"], MIRROR);
      await Deno.writeTextFile(`${dir}/main.tf`, fake("2.0.0"));
    }),
  ),
  init("provider_not_in_mirror", "provider-missing", BPG, mirrored("1.0.0")),
  init("provider_version_not_in_mirror", "provider-missing", fake("3.0.0"), mirrored("1.0.0")),
  plan(
    "provider_not_installed",
    "provider-missing",
    fake("1.0.0"),
    mirrored("1.0.0", async (dir) => {
      await run(dir, ["init"], MIRROR);
      await Deno.remove(`${dir}/.terraform`, { recursive: true });
    }),
  ),
  plan(
    "provider_no_plugin",
    "provider-error",
    fake("1.0.0"),
    mirrored("1.0.0", async (dir) => void await run(dir, ["init"], MIRROR)),
  ),
  init("registry_unreachable", "network", BPG, {
    command: ["init", "-input=false", "-json"],
    env: { https_proxy: "http://127.0.0.1:9", HTTPS_PROXY: "http://127.0.0.1:9" },
  }),
  init("s3_refused_init", "backend-unreachable", s3(9), { env: S3_KEYS }),
  init("s3_no_credentials", "auth", s3(9), { env: { AWS_EC2_METADATA_DISABLED: "true" } }),
  init("s3_name_unknown", "backend-unreachable", s3(9).replace("127.0.0.1:9", "s3.invalid"), { env: S3_KEYS }),
  init("s3_server_error", "backend-unreachable", s3(9011), {
    env: S3_KEYS,
    around: answering(9011, 503, "<Error><Code>SlowDown</Code></Error>"),
  }),
  init("s3_denied", "permission", s3(9011), {
    env: S3_KEYS,
    around: answering(9011, 403, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"),
  }),
  init("s3_bucket_missing", "backend-missing", s3(9012, "nope"), BUCKET),
  init("s3_key_unknown", "auth", s3(9012), { ...BUCKET, env: { ...S3_KEYS, AWS_ACCESS_KEY_ID: "stranger" } }),
  init("s3_secret_wrong", "auth", s3(9012), { ...BUCKET, env: { ...S3_KEYS, AWS_SECRET_ACCESS_KEY: "wrong" } }),
  plan("s3_secret_wrong_plan", "auth", s3(9012), {
    ...BUCKET,
    env: { ...S3_KEYS, AWS_SECRET_ACCESS_KEY: "wrong" },
    around: async (dir) => {
      const stop = await s3Running(dir);
      await run(dir, ["init"], S3_KEYS);
      return stop;
    },
  }),
  plan("s3_refused_plan", "backend-unreachable", s3(9012), {
    ...BUCKET,
    around: async (dir) => {
      const stop = await s3Running(dir);
      await run(dir, ["init"], S3_KEYS);
      await stop();
      return () => {};
    },
  }),
  plan("s3_locked", "state-locked", s3(9012) + SLOW, {
    ...BUCKET,
    command: LOCKED_PLAN,
    around: async (dir) => {
      const stop = await s3Running(dir);
      const release = await heldByApply(S3_KEYS)(dir);
      return async () => {
        await release();
        await stop();
      };
    },
  }),
  init("http_refused", "backend-unreachable", http(9)),
  plan("http_refused_plan", "backend-unreachable", http(9013), { around: inited(9013) }),
  plan("http_401", "auth", http(9013), { around: inited(9013, 401) }),
  plan("http_403", "auth", http(9013), { around: inited(9013, 403) }),
  plan("http_500", "backend-unreachable", http(9013), { around: inited(9013, 500) }),
  plan("http_locked", "state-locked", http(9013), { command: LOCKED_PLAN, around: inited(9013, 423, LOCK_BODY) }),
  plan("http_html", "state-invalid", http(9013), { around: inited(9013, 200, "<html>sign in</html>") }),
  plan("http_tls", "tls", http(9013).replaceAll("http:", "https:"), { around: selfSigned(9013) }),
  plan("state_corrupt", "state-invalid", "", { files: { "main.tf": ONE, "terraform.tfstate": '{"version": 4, "se' } }),
  plan("state_corrupt_locked", "state-invalid", "", {
    files: { "main.tf": ONE, "terraform.tfstate": '{"version": 4, "se' },
    command: LOCKED_PLAN,
  }),
  plan("state_not_a_state", "state-invalid", "", { files: { "main.tf": ONE, "terraform.tfstate": "[]" } }),
  plan("state_too_new", "state-invalid", "", {
    files: { "main.tf": ONE, "terraform.tfstate": '{"version": 5, "terraform_version": "2.0.0", "serial": 1}' },
  }),
  plan("state_is_a_folder", "state-invalid", "", { files: { "main.tf": ONE, "terraform.tfstate/x": "" } }),
  plan("state_unreadable", "permission", "", {
    ...NOBODY,
    files: state('"resources": []'),
    before: [["sh", "-c", "chmod 600 terraform.tfstate"]],
    command: nobody(PLAN),
  }),
  plan("lock_not_permitted", "permission", "", {
    ...NOBODY,
    files: state('"resources": []'),
    before: [["sh", "-c", "chmod 644 terraform.tfstate"]],
    command: nobody(LOCKED_PLAN),
  }),
  plan("state_of_newer_provider", "version-mismatch", "", { files: state(`"resources": [${NEWER}]`) }),
  plan("precondition", "condition-failed", NODES + data(`lifecycle {\n  ${CONDITION}\n  }`)),
  plan(
    "postcondition",
    "condition-failed",
    `${REMOTE}  lifecycle {\n    postcondition {\n      condition = self.backend == "x"\n      error_message = "Not x."\n    }\n  }\n}\n`,
    { before: [["sh", "-c", `echo '{"version":4,"serial":1,"lineage":"x","outputs":{},"resources":[]}' > b.tfstate`]] },
  ),
  plan("output_precondition", "condition-failed", `${NODES}output "o" {\n  value = 1\n  ${CONDITION}\n}\n`),
  plan("prevent_destroy", "condition-failed", HOLD, {
    before: [["apply", "-auto-approve"], ["sh", "-c", "sed -i 's/= .1./= [2]/' main.tf"]],
  }),
  plan("locked", "state-locked", SLOW, { command: LOCKED_PLAN, around: heldByApply() }),
  plan("killed", "killed", http(9014), { around: initedSilent(9014), signal: { send: "SIGKILL", afterMs: 1500 } }),
  plan("interrupted", "interrupted", data("count = 8000"), { signal: { send: "SIGINT", afterMs: 1300 } }),
  plan("flag_unknown", "unknown", ONE, { command: [...PLAN, "-nope"] }),
  plan("remote_state_missing", "provider-error", `${REMOTE}}\n`),
  plan("show_no_plan", "unknown", ONE, { phase: "show", command: ["show", "-json", "gone"] }),
];

async function fullDisk(dir: string) {
  await Deno.mkdir(`${dir}/full`);
  await new Deno.Command("mount", { args: ["-t", "tmpfs", "-o", "size=4k", "tmpfs", `${dir}/full`] }).output();
  await Deno.writeTextFile(`${dir}/full/fill`, "x".repeat(4096)).catch(() => {});
  return async () => void await new Deno.Command("umount", { args: [`${dir}/full`] }).output();
}

async function s3Running(dir: string) {
  await Deno.mkdir(`${dir}-s3/states`, { recursive: true });
  const server = new Deno.Command(s3Server ?? "", {
    args: ["--port", "127.0.0.1:9012", "posix", `${dir}-s3`],
    env: { ROOT_ACCESS_KEY: "lab", ROOT_SECRET_KEY: "labsecret" },
    stdout: "null",
    stderr: "null",
  }).spawn();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  return async () => {
    server.kill("SIGTERM");
    await server.status;
  };
}

function inited(port: number, status?: number, body?: string): Around {
  return async (dir) => {
    const stop = await answering(port, 404)(dir);
    await run(dir, ["init", "-input=false"]);
    await stop();
    return status === undefined ? () => {} : await answering(port, status, body)(dir);
  };
}

function initedSilent(port: number): Around {
  return async (dir) => {
    await (await inited(port)(dir))();
    return await silent(port)(dir);
  };
}

function selfSigned(port: number): Around {
  return async (dir) => {
    const made = await new Deno.Command("openssl", {
      args: [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=127.0.0.1",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
      ].concat(["-keyout", `${dir}/k.pem`, "-out", `${dir}/c.pem`]),
    }).output();
    if (!made.success) throw new Error("Cannot make a certificate: openssl failed");
    const cert = await Deno.readTextFile(`${dir}/c.pem`);
    const key = await Deno.readTextFile(`${dir}/k.pem`);
    const listen = { hostname: "127.0.0.1", port, cert, key, onListen() {} };
    const server = Deno.serve(listen, () => new Response("", { status: 404 }));
    await run(dir, ["init", "-input=false"], { SSL_CERT_FILE: `${dir}/c.pem` });
    return () => server.shutdown();
  };
}

/** Replaces what differs from machine to machine and from run to run. */
function neutral(text: string, dir: string): string {
  return text.replaceAll(dir, "/estate").replaceAll(base, "/estates").replaceAll(
    bin.includes("/") ? bin : "\0",
    "terraform",
  )
    .replace(/127\.0\.0\.1:90\d\d/g, "127.0.0.1:9000")
    .replace(/127\.0\.0\.1:\d{5}/g, "127.0.0.1:50000")
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "11111111-2222-3333-4444-555555555555")
    .replace(/(Who: +)\S+@\S+/g, "$1ops@workstation")
    .replace(/(Created: +)\S+ \S+/g, "$12026-05-04 03:02:01.123456789")
    .replace(/(RequestID:|HostID:)\s+[^,\s]+/g, "$1 X")
    .replace(/lookup (\S+) on \S+:53/g, "lookup $1 on 192.0.2.53:53");
}

interface Line {
  severity: "error" | "warning";
  summary: string;
  detail?: string;
  address?: string;
}

await Deno.writeTextFile(`${base}/empty.tfrc`, "");
const lines: string[] = [];
const say = (text: string) => Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
const only = Deno.args.slice(2);
for (const entry of cases) {
  if (only.length > 0 && !only.includes(entry.name)) continue;
  if ((entry.root && !isRoot) || (entry.s3 && !s3Server)) {
    say(`left out: ${entry.name}`);
    continue;
  }
  const dir = `${base}/${entry.name}`;
  const record: Record<string, unknown> = { name: entry.name, class: entry.class, phase: entry.phase };
  // Once as the check runs it, once as a person would, for the text form of the same diagnostics.
  for (const form of ["json", "text"] as const) {
    const place = `${dir}-${form}`;
    for (const [name, text] of Object.entries(entry.files ?? {})) {
      const path = `${place}/${name}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(path, text);
    }
    await Deno.mkdir(place, { recursive: true });
    for (const command of entry.before ?? []) await run(place, command, entry.env);
    const finish = await entry.around?.(place);
    const command = form === "json"
      ? entry.command
      : entry.command.map((part) => part.replace(/(^| )-json( |$)/, "$1-no-color$2"));
    const env = Object.fromEntries(
      Object.entries(entry.env ?? {}).map((
        [name, value],
      ) => [name, value === "mirror.tfrc" ? `${place}/${value}` : value]),
    );
    try {
      const result = await run(place, command, env, entry.signal);
      const text = (value: string) => neutral(value, place);
      if (form === "text") {
        record.text = text(result.stderr + result.stdout).slice(0, 6000);
        continue;
      }
      const diagnostics = new Map<string, Line>();
      const rest: string[] = [];
      for (const line of result.stdout.split("\n")) {
        try {
          const message = JSON.parse(line, (_, value) => typeof value === "string" ? text(value) : value);
          if (message.type !== "diagnostic") continue;
          const { severity, summary, detail, address } = message.diagnostic;
          const kept = { severity, summary, detail: detail ?? "", ...(address ? { address } : {}) };
          diagnostics.set(JSON.stringify(kept), kept);
        } catch {
          if (line.trim() !== "") rest.push(text(line));
        }
      }
      record.exitCode = result.exitCode;
      if (result.signal) record.signal = result.signal;
      record.diagnostics = [...diagnostics.values()].slice(0, 6);
      record.stderr = text(result.stderr).slice(0, 4000);
      if (rest.length > 0) record.stdoutTail = rest.slice(-20).join("\n");
    } finally {
      await finish?.();
    }
  }
  // A version that does not fail here has nothing to record.
  if (record.exitCode === 0 || record.exitCode === 2) continue;
  lines.push(JSON.stringify(record));
  say(`${entry.name}: exit ${record.exitCode}`);
}
if (only.length === 0) await Deno.writeTextFile(out, lines.join("\n") + "\n");
else say(lines.join("\n"));
await Deno.remove(base, { recursive: true });
