import { assert, assertEquals, assertThrows } from "@std/assert";
import { configJsonSchema, parseConfigFile } from "./schema.ts";
import { UsageError } from "../usage_error.ts";

const parse = (source: unknown) =>
  parseConfigFile(typeof source === "string" ? source : JSON.stringify(source), "/etc/x.json");

/** The problems that reading it lists, without the name of the file. */
function problems(source: unknown): string[] {
  const { message } = assertThrows(() => parse(source), UsageError);
  const head = 'Cannot read config "/etc/x.json":';
  assert(message.startsWith(head), message);
  assert(!message.includes("hunter2"), message);
  return message.slice(head.length).split("\n").map((line) => line.trim()).filter((line) => line !== "");
}

const EXAMPLE = `{
  "$schema": "./docs/pve-drift.schema.json",
  "root": "infrastructure/proxmox/environments", // default; relative to this file
  "environments": { /* default: what discovery finds */
    "prod": { "dir": "prod", "varFiles": ["prod.tfvars"], "backendConfig": ["backend.hcl", "key=prod.tfstate"],
              "workspace": "default", "timeout": "10m" },
    "site": { "bin": "tofu", "env": {}, "envFile": "site.env", "proxmox": "proxmox" },
    "lab": { "proxmox": false },
    "my old env": false,
  },
  "terraform": { "bin": "terraform", "lock": "confirm", "lockTimeout": "60s", "confirmPowerAfter": "2m", "parallelism": 10, "env": {} },
  "concurrency": 2, "timeout": "15m", "runTimeout": "1h", "planAtLeast": "26h",
  "values": "show",
  "stateDir": "/var/lib/pve-drift",
  "sinks": [ "console",
             { "use": "logfile", "dir": "/var/log/pve-drift", "keep": "30d" },
             { "use": "prom", "file": "/var/lib/prometheus/node-exporter/pve_drift.prom" },
             { "use": "telegram", "chatId": -1001234567890, "tokenFile": "/etc/pve-drift/telegram-token" },
             { "use": "file:./my_sink.ts", "allow": ["net=ntfy.example.org"], "anyOption": 1 },
             { "use": "exec:/usr/local/lib/pve-drift/ntfy", "timeout": "10s", "env": ["NTFY_TOPIC"],
               "only": { "env": ["prod", "lab*"], "origin": ["outside", "both"] } } ],
  "proxmox": {
    "endpoint": ["https://pve1.example.org:8006", "https://pve2.example.org:8006"],
    "tokenFile": "/etc/pve-drift/proxmox-token",
    "ca": "/etc/pve/pve-root-ca.pem", // or "fingerprint", or "insecure"
    "timeout": "10s",
    "unmanaged": true,
    "exclude": [{ "template": true, "reason": "golden images" }, { "vmid": "9000-9099", "tag": "ci", "reason": "runners", "until": "2027-06-30" },
                { "what": "*ide2*", "name": "win*", "pool": "lab", "node": "pve1", "type": "qemu", "reason": "drivers" }],
    "details": true,
    "snapshotAge": "30d",
    "who": true, "appliesAs": ["terraform@pve!ci"],
    "ha": "report",
  },
  "accept": [ { "env": "prod", "address": "module.vm[*].proxmox_virtual_environment_vm.this", "path": "tags",
                "reason": "set by the backup job", "until": "2027-01-31" } ],
  "noise": [ "bpg-tags" ], // leave this row out
}`;

Deno.test("parseConfigFile() reads a file that uses every key, with comments and trailing commas", () => {
  const config = parse(EXAMPLE);
  assertEquals(config.environments, {
    prod: {
      dir: "prod",
      varFiles: ["prod.tfvars"],
      backendConfig: ["backend.hcl", "key=prod.tfstate"],
      workspace: "default",
      timeout: 600_000,
    },
    site: { bin: "tofu", env: {}, envFile: "site.env", proxmox: "proxmox" },
    lab: { proxmox: false },
    "my old env": false,
  });
  assertEquals(config.terraform?.lockTimeout, 60_000);
  assertEquals([config.timeout, config.runTimeout], [900_000, 3_600_000]);
  assertEquals(config.sinks?.[4], { use: "file:./my_sink.ts", allow: ["net=ntfy.example.org"], anyOption: 1 });
  assertEquals(config.accept?.[0]?.until, "2027-01-31");
  assertEquals(parse("{}"), {});
});

Deno.test("parseConfigFile() names the closest key when one is unknown, at every level", () => {
  assertEquals(problems({ tiemout: "5m" }), ['"tiemout" is unknown: did you mean "timeout"?']);
  assertEquals(problems({ terraform: { lokc: "none" } }), ['"terraform.lokc" is unknown: did you mean "lock"?']);
  assertEquals(problems({ environments: { prod: { varfile: [] } } }), [
    '"environments.prod.varfile" is unknown: did you mean "varFiles"?',
  ]);
  assertEquals(problems({ accept: [{ address: "a", path: "p", reason: "r", untill: "x" }] }), [
    '"accept[0].untill" is unknown: did you mean "until"?',
  ]);
});

Deno.test("parseConfigFile() reads which rows of noise to leave out, and names the closest where one is unknown", () => {
  for (const noise of [true, false, [], ["bpg-tags", "telmate-tags"]]) assertEquals(parse({ noise }).noise, noise);
  assertEquals(problems({ noise: ["bpg-tags", "bpg-tgas"] }), [
    '"noise[1]" is "bpg-tgas", no row of noise: did you mean "bpg-tags"?',
  ]);
  const [all] = problems({ noise: ["x"] });
  assert(all!.startsWith('"noise[0]" is "x", no row of noise: known are "bpg-tags", "bpg-description", '), all);
  assertEquals(problems({ noise: [1] }), ['"noise[0]" must be the name of a row of noise, got 1']);
  for (const [noise, got] of [["no", '"no"'], [3, "3"], [{ a: 1 }, "an object"]]) {
    assertEquals(problems({ noise }), [`"noise" must be true, false, or a list of rows to leave out, got ${got}`]);
  }
});

Deno.test("parseConfigFile() says what it found and what it wants, and lists all that is wrong", () => {
  const found = problems({
    root: "",
    environments: {
      ok: { dir: 1, timeout: "5 min", x: 1 },
      a: true,
      b: [],
      "a b": {},
      "c.d": { workspace: "\0" },
      e: { workspace: "-help" },
    },
    terraform: { lock: "maybe", parallelism: 0, lockTimeout: "25d", env: { A: 1, "B C": "" } },
    concurrency: 1.5,
    timeout: 90,
    runTimeout: "0s",
    values: true,
    sinks: ["+telegram", "prom?file=%", 5, {}, { use: "exec:/x", allow: ["net=a"] }],
    accept: [{ address: "a", path: "p", reason: " ", until: "2026-02-30" }, {}, "x"],
  });
  assertEquals(found.sort(), [
    '"accept[0].reason" must be a text that is not empty, got " "',
    '"accept[0].until" must be a day like "2027-01-31", got "2026-02-30"',
    '"accept[1].address" must be a text that is not empty, got nothing',
    '"accept[1].path" must be a text that is not empty, got nothing',
    '"accept[1].reason" must be a text that is not empty, got nothing',
    '"accept[2]" must be an object, got "x"',
    '"concurrency" must be a whole number from 1 to 9999, got 1.5',
    '"environments.a" must be an object, or false to leave the environment out, got true',
    '"environments.b" must be an object, or false to leave the environment out, got a list',
    '"environments.e.workspace" cannot be the name of a workspace',
    '"environments.ok.dir" must be a text that is not empty, got 1',
    '"environments.ok.timeout" must be a duration like "90s", "5m" or "1h", got "5 min"',
    '"environments.ok.x" is unknown: known are "dir", "varFiles", "backendConfig", "workspace", "timeout", "bin", "env", "envFile", "proxmox"',
    '"environments["a b"]" cannot be a name: a name is letters, digits, dots, dashes and underscores, 64 at most, a letter or digit first',
    '"environments["c.d"].workspace" must be a text that is not empty, got "\\u0000"',
    '"root" must be a text that is not empty, got ""',
    '"runTimeout" must be more than 0s and at most 24d, got "0s"',
    '"sinks[0]" cannot be used: "use" must be the name of a sink, file:PATH or exec:PATH, got "+telegram"',
    '"sinks[1]" cannot be used: "%" must be written "%25" in a query',
    '"sinks[2]" must be a sink, as "console" or { "use": "console" }, got 5',
    '"sinks[3].use" must be a text that is not empty, got nothing',
    '"sinks[4].allow" grants permissions to file: sinks alone',
    '"terraform.env.A" must be a text, got 1',
    '"terraform.env["B C"]" cannot be the name of a variable',
    '"terraform.lock" must be one of "confirm", "none", "always", got "maybe"',
    '"terraform.lockTimeout" must be at most 24d, got "25d"',
    '"terraform.parallelism" must be a whole number from 1 to 9999, got 0',
    '"timeout" must be a duration like "90s", "5m" or "1h", got 90',
    '"values" must be one of "show", "hide", got true',
  ]);
  assertEquals(problems([]), ["it must be an object, got a list"]);
  assertEquals(problems("null"), ["it must be an object, got null"]);
});

Deno.test("parseConfigFile() names the key that does what a variable of terraform would", () => {
  const env = { TF_WORKSPACE: "x", TF_DATA_DIR: "/x", TF_CLI_ARGS: "-x", TF_CLI_ARGS_plan: "-refresh=false" };
  const found = problems({ terraform: { env } });
  for (const [i, keys] of [["workspace"], ["stateDir"], ["varFiles"], ["varFiles", "backendConfig"]].entries()) {
    assert(found[i]!.startsWith(`"terraform.env.${Object.keys(env)[i]}" must not be set here`), found[i]);
    for (const key of keys) assert(found[i]!.includes(`"${key}"`), found[i]);
  }
  for (const name of ["TF_LOG", "TF_LOG_PROVIDER", "TF_REATTACH_PROVIDERS", ...Object.keys(env)]) {
    for (const where of [{ terraform: { env: { [name]: "x" } } }, { environments: { a: { env: { [name]: "x" } } } }]) {
      assert(problems(where)[0]!.includes(`env.${name}" must not be set here: `), name);
    }
  }
  assertEquals(
    parse({ terraform: { env: { TF_VAR_x: "1", TF_CLI_CONFIG_FILE: "/x", TF_VAR_token_ttl: "5" } } }).root,
    undefined,
  );
});

Deno.test("parseConfigFile() refuses secrets with the cure, and never shows them", () => {
  for (const name of ["PROXMOX_VE_API_TOKEN", "PROXMOX_VE_PASSWORD", "AWS_SECRET_ACCESS_KEY", "TF_VAR_root_password"]) {
    assert(
      problems({ terraform: { env: { [name]: "hunter2" } } })[0]!.includes(
        `${name}" is a secret, which must not stand here`,
      ),
    );
  }
  for (
    const name of ["PROXMOX_VE_API_TOKEN", "TF_TOKEN_app_terraform_io", "TF_ENCRYPTION", "SOPS_AGE_KEY", "PGPASSWORD"]
  ) {
    const [problem] = problems({ environments: { a: { env: { [name]: "hunter2" } } } });
    assert(problem!.startsWith(`"environments.a.env.${name}" is a secret`) && problem!.includes('"envFile"'), problem);
    assert(!problem!.includes("hunter2"));
  }
  for (const key of ["secret_key", "access_key", "password", "sas_token", "conn_str"]) {
    const environments = { a: { backendConfig: ["key=x", `${key}=hunter2`] } };
    assert(problems({ environments })[0]!.startsWith(`"environments.a.backendConfig[1]" holds a secret, "${key}"`));
  }
  for (
    const sink of [
      { use: "telegram", token: "hunter2" },
      { use: "telegram", botToken: "hunter2" },
      "telegram?token=hunter2",
    ]
  ) {
    assert(problems({ sinks: [sink] })[0]!.includes('"tokenFile"'));
  }
  const right = ["password_file=/x", "web_identity_token_file=/x", "key=secret.tfstate", "secret.hcl"];
  parse({ environments: { a: { backendConfig: right } } });
});

Deno.test("parseConfigFile() tells the place when it is no JSON, and does not quote it", () => {
  assertEquals(problems('{ "a": 1,\n  "b" "hunter2" }'), ["it is no JSON from line 2, column 7 on"]);
  assertEquals(problems('{}\r\n// fine\r\n "hunter2"'), ["it is no JSON from line 3, column 2 on"]);
  for (const cut of ["", "{", '{ "a": [', "/* hunter2"]) {
    assertEquals(problems(cut), ["it ends too early: it is empty, or a bracket or a comment is open"]);
  }
  assertEquals(problems('{ "a": "hunter2'), ["it is no JSON from line 1, column 8 on"]);
});

Deno.test("parseConfigFile() is not fooled by names that objects have of their own", () => {
  assertEquals(Object.keys(parse({ environments: { constructor: {}, toString: false } }).environments!), [
    "constructor",
    "toString",
  ]);
  assertEquals(problems({ toString: 1 })[0]!.startsWith('"toString" is unknown'), true);
});

Deno.test("configJsonSchema() describes every key, and docs/pve-drift.schema.json is its fresh output", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/pve-drift.schema.json", import.meta.url));
  assertEquals(text, configJsonSchema(), 'docs/pve-drift.schema.json is out of date: run "deno task schema"');
  const keys: string[] = [];
  const visit = (schema: Record<string, unknown>): void => {
    for (const [key, value] of Object.entries(schema.properties ?? {})) {
      assert(typeof value.description === "string" && value.description !== "", `"${key}" has no description`);
      keys.push(key);
    }
    for (const value of Object.values(schema)) {
      if (typeof value === "object" && value !== null) visit(value as typeof schema);
    }
  };
  visit(JSON.parse(text));
  const used = [...EXAMPLE.matchAll(/"([$A-Za-z]+)":/g)].map(([, key]) => key!);
  const free = ["prod", "site", "lab", "dir", "keep", "file", "chatId", "anyOption"];
  // What excludes another of the example.
  const others = ["dir", "clusters", "fingerprint", "insecure"];
  assertEquals(new Set([...keys, ...others]), new Set([...used.filter((key) => !free.includes(key)), ...others]));
});

Deno.test("parseConfigFile() takes an environment's program by name or absolute path, never by a relative one", () => {
  const bin = (bin: string) => ({ environments: { a: { bin } } });
  for (const name of ["tofu", "/opt/terraform-1.9/terraform"]) {
    assertEquals(parse(bin(name)).environments?.a, { bin: name });
  }
  for (const path of ["./tofu", "../bin/tofu", "bin/tofu"]) {
    assert(problems(bin(path))[0]!.includes("must be a name on the PATH or an absolute path"), path);
  }
});

Deno.test("parseConfigFile() refuses a name that JavaScript would lose", () => {
  assertEquals(problems('{ "environments": { "__proto__": { "dir": "prod" } } }'), [
    '"environments.__proto__" cannot be a name: a name is letters, digits, dots, dashes and underscores, 64 at most, a letter or digit first',
  ]);
});

Deno.test("parseConfigFile() reads which part of the report a sink gets, and refuses what names none", () => {
  const sink = (only: unknown) => ({ sinks: [{ use: "telegram", chatId: 1, only }] });
  assertEquals(parse(sink({ env: ["prod"] })).sinks?.[0], { use: "telegram", chatId: 1, only: { env: ["prod"] } });
  assertEquals(problems(sink({ origin: ["hand"] })), [
    '"sinks[0].only.origin[0]" must be one of "outside", "pending", "both", got "hand"',
  ]);
  assertEquals(problems(sink({ env: [] })), ['"sinks[0].only.env" must be a list that is not empty, got a list']);
  assertEquals(problems(sink({ origins: ["both"] })), ['"sinks[0].only.origins" is unknown: did you mean "origin"?']);
  assertEquals(problems(sink("prod")), ['"sinks[0].only" must be an object, got "prod"']);
});
