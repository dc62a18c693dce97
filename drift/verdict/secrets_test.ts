import { assert, assertEquals } from "@std/assert";
import { providers } from "../providers/registry.ts";
import { Secrets, SENSITIVE } from "../../lib/secrets.ts";
import { plan } from "../../tests/support/plans.ts";
import { asPlan, type Plan } from "../terraform/plan.ts";
import { parseMessages } from "../terraform/stream.ts";
import { readPlan } from "./changes.ts";
import { learnSecrets } from "./secrets.ts";
import { judge } from "./verdict.ts";

function learned(one: Plan): Secrets {
  const secrets = new Secrets();
  learnSecrets(one, secrets, providers);
  return secrets;
}

Deno.test("learnSecrets() takes the text of a cloud-init snippet, and not its file's name", async () => {
  const file = new URL("../../tests/fixtures/secrets/source_raw.json", import.meta.url);
  const one = asPlan(JSON.parse(await Deno.readTextFile(file)));
  const { changes: [change] } = readPlan(one, {
    secrets: new Secrets(),
    recall: () => ({ isNew: true, firstSeenAt: "2026-01-01T00:00:00.000Z" }),
    accepts: () => false,
    providers,
  });
  assertEquals(change!.address, 'proxmox_virtual_environment_vm.node["web-1"]');
  assertEquals(change!.label, 'VM 101 "web-1" on pve1');
  assertEquals(learned(one).scrub("#cloud-config\npassword: hunter22\n"), SENSITIVE);
  assertEquals(learned(one).scrub("data of local:snippets/web-1"), "data of local:snippets/web-1");
});

Deno.test("learnSecrets() takes the text of a snippet that only the code of a failed plan holds", () => {
  const type = "proxmox_virtual_environment_file";
  const source_raw = [{ data: { constant_value: "passwd: hunter22" }, file_name: { constant_value: "web-1.yaml" } }];
  const secrets = learned(plan([], [], {
    errored: true,
    configuration: {
      provider_config: { proxmox: { full_name: "registry.terraform.io/bpg/proxmox" } },
      root_module: {
        resources: [{ address: `${type}.ci`, type, provider_config_key: "proxmox", expressions: { source_raw } }],
      },
    },
  }));
  assertEquals(secrets.scrub("passwd: hunter22 in web-1.yaml"), `${SENSITIVE} in web-1.yaml`);
});

Deno.test("learnSecrets() takes the keys of a sensitive map, but no attribute's name and no instance's key", () => {
  const before = {
    m: { "alice@pve-key": 1, client_certificate: "one-secret", sha256_sum: 2 },
    tokens: { "bob@pve-name": "x" },
  };
  const one = plan(
    [
      { address: 'x_y.a["carol@pve"]', actions: ["no-op"], before, after: before, sensitive: { m: true } },
    ],
    [],
    {
      variables: { users: { value: { "dave@pve-key": "two-secret", "carol@pve": "three-secret" } } },
      configuration: { root_module: { variables: { users: { sensitive: true } } } },
    },
  );
  assertEquals(
    learned(one).scrub("alice@pve-key dave@pve-key client_certificate sha256_sum bob@pve-name carol@pve"),
    `${SENSITIVE} ${SENSITIVE} client_certificate sha256_sum bob@pve-name carol@pve`,
  );
});

const ODD = " \"'\\\\/<>&%+=?#@!*()[]{}$,;:~^|`\u00e9\u4e16\u{1f511}";

Deno.test("judge() leaves nothing of a secret in a verdict, wherever else a plan and its messages have it", () => {
  let seed = 11;
  const roll = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
  const letters = [..."abcdefghijklmnopqrstuvwxyz0123456789", ...ODD];
  for (let round = 0; round < 150; round++) {
    const secret = `zqx${Array.from({ length: 8 + roll(20) }, () => letters[roll(letters.length)]).join("")}xqz`;
    const key = JSON.stringify(secret);
    const copies = {
      text: `uses ${secret} here`,
      list: ["a", secret, `x${secret}`],
      deep: { of: [{ it: secret }], [secret]: 1 },
      json: JSON.stringify({ inner: [secret] }),
      url: `https://h.example/?q=${encodeURIComponent(secret)}`,
      header: btoa(String.fromCharCode(...new TextEncoder().encode(`user:${secret}`))),
      name: secret,
      node_name: secret,
      password: secret,
    };
    const vm = "proxmox_virtual_environment_vm";
    const before = { ...copies, marked: secret, memory: 1 },
      after = { ...copies, marked: `${secret}-new`, memory: 2, list: [secret] };
    const one = plan(
      [
        {
          address: `module.m[${key}].${vm}.a[${key}]`,
          module_address: `module.m[${key}]`,
          before,
          after,
          sensitive: { marked: true },
        },
        { address: `${vm}.b[${key}]`, actions: ["delete"], before, after: null },
        { address: `${vm}.c`, actions: ["no-op"], before, after: before, previous_address: `${vm}.old[${key}]` },
        { address: `data.x_y.d[${key}]`, mode: "data", actions: ["read"], before: null, after },
      ],
      [{ address: `${vm}.c`, before: { ...before, text: "other" }, after: before }],
      {
        output_changes: { open: { actions: ["update"], before: `was ${secret}`, after: { is: secret } } },
        checks: [{
          status: "fail",
          address: { to_display: `check.x[${key}]` },
          instances: [{ problems: [{ message: secret }] }],
        }],
      },
    );
    const said = {
      severity: "warning",
      summary: `about ${secret}`,
      detail: JSON.stringify(secret),
      address: `x.y[${key}]`,
    };
    const messages = parseMessages(
      [
        { type: "version", terraform: "1.11.4" },
        { type: "refresh_start", hook: { resource: { addr: `${vm}.c` } } },
        { type: "change_summary", changes: { add: 0, change: 1, remove: 1, operation: "plan" } },
        { type: "diagnostic", diagnostic: said },
        ...round % 2 ? [{ type: "diagnostic", diagnostic: { ...said, severity: "error" } }] : [],
      ].map((message) => JSON.stringify({ "@level": "info", ...message })).join("\n"),
    );
    const { findings: _, failure, ...verdict } = judge({
      plan: { exitCode: round % 2 ? 1 : 2, stderr: secret },
      messages,
      shown: { json: one },
    }, {
      secrets: new Secrets(),
      recall: () => ({ isNew: true, firstSeenAt: "2026-01-01T00:00:00.000Z" }),
      accepts: (_, path) => path === "json",
      providers,
    });
    const text = JSON.stringify({ verdict, failure });
    assert(
      !/zqx|xqz/.test(text) && !text.includes(btoa("zqx")),
      `${key}: ${text.replace(/^.*?(.{200}(?:zqx|xqz).{80}).*$/s, "$1")}`,
    );
    assertEquals(verdict.changes.length >= 2, true, "the changes are not listed");
  }
});
