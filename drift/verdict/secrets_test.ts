import { assertEquals } from "@std/assert";
import { providers } from "../providers/registry.ts";
import { Secrets, SENSITIVE } from "../../lib/secrets.ts";
import { plan } from "../../tests/support/plans.ts";
import { asPlan, type Plan } from "../terraform/plan.ts";
import { readPlan } from "./changes.ts";
import { learnSecrets } from "./secrets.ts";

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
