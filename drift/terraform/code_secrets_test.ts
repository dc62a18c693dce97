import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { Secrets, SENSITIVE } from "../../lib/secrets.ts";
import { learnCode, learnText } from "./code_secrets.ts";

async function learned(files: Record<string, string>, env: Record<string, string> = {}): Promise<Secrets> {
  const dir = await Deno.makeTempDir();
  try {
    for (const [file, text] of Object.entries(files)) {
      await Deno.mkdir(join(dir, file, ".."), { recursive: true });
      await Deno.writeTextFile(join(dir, file), text);
    }
    const secrets = new Secrets();
    await learnCode({
      dir: join(dir, "env"),
      dataDir: join(dir, "data"),
      valueFiles: Object.keys(files).filter((file) => file.includes(".tfvars")).map((file) => join(dir, file)),
      env,
    }, secrets);
    return secrets;
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("learnCode() takes what code sets to a secret name, marks or passes to sensitive()", async () => {
  const secrets = await learned({
    "env/main.tf": `
      terraform { backend "pg" { conn_str = "postgres://tf:pg/secret word@db.example/state" } }
      variable "db_password" { default = "named-default" }
      variable "marked" {
        sensitive = true
        default = { inner = "marked-default" }
      }
      variable "open" { default = "open-default" }
      locals {
        a    = sensitive("sensitive-literal")
        b    = { token = "local-token", port = "open-port" }
        init = <<-EOT
          hostname: open-host
          password: cloud-secret
        EOT
      }
      resource "x_y" "z" {
        password = "part-of-a-template-\${var.open}"
        input    = "https://tf:url-secret@h.example/x"
      }
    `,
  });
  const hidden = [
    "pg/secret word",
    "named-default",
    "marked-default",
    "sensitive-literal",
    "local-token",
    "cloud-secret",
    "part-of-a-template-",
    "url-secret",
  ];
  for (const one of hidden) assertEquals(secrets.scrub(`<${one}>`), `<${SENSITIVE}>`, one);
  for (const one of ["open-default", "open-port", "open-host", "h.example", "db.example"]) {
    assertEquals(secrets.scrub(one), one);
  }
});

Deno.test("learnCode() looks into modules beside the code and modules that were fetched, and every kind of file", async () => {
  const secrets = await learned({
    "env/main.tofu": 'module "a" { source = "../shared/a" }\nmodule "b" { source = "registry.example/b" }',
    "env/notes.txt": 'password = "no code"',
    "shared/a/main.tf": 'module "deep" { source = "./deep" }\nmodule "loop" { source = "../a" }',
    "shared/a/deep/vars.tf.json": JSON.stringify({
      variable: {
        api_token: { default: "json-token" },
        x: { sensitive: true, default: ["json-marked"] },
        y: { default: "open" },
      },
      locals: [{ pw: { password: "json-${var.y}-template" } }],
    }),
    "data/modules/modules.json": JSON.stringify({ Modules: [{ Key: "b", Dir: "../fetched/b" }] }),
    "fetched/b/main.tf": 'locals { password = "fetched-secret" }',
  });
  for (const one of ["json-token", "json-marked", "-template", "fetched-secret"]) {
    assertEquals(secrets.scrub(`<${one}>`), `<${SENSITIVE}>`, one);
  }
  assertEquals(secrets.scrub("no code"), "no code");
});

Deno.test("learnCode() takes the values of variables that the code marks, or sets a secret name to", async () => {
  const secrets = await learned({
    "env/main.tf": `
      variable "marked" { sensitive = true }
      variable "other" {}
      module "m" {
        source   = "./m"
        password = var.handed
      }`,
    "env/more.tf.json":
      '{"variable": {"json": {"sensitive": true}}, "resource": {"x_y": {"z": {"token": "${var.used}"}}}}',
    "env/terraform.tfvars": 'marked = { a = ["marked-value"] }\nhanded = "handed-value"\nother = "other-value"\n',
    "env/a.auto.tfvars.json": '{"json": "json-value"}',
  }, { TF_VAR_used: '["used-value"]', TF_VAR_other: "other-value" });
  for (const one of ["marked-value", "handed-value", "json-value", "used-value"]) {
    assertEquals(secrets.scrub(`<${one}>`), `<${SENSITIVE}>`, one);
  }
  assertEquals(secrets.scrub("other-value"), "other-value");
});

Deno.test("learnCode() looks into files of settings that the code reads", async () => {
  const secrets = await learned({
    "env/main.tf": `
      module "m" { source = "./m" }
      locals {
        a = yamldecode(file("\${path.root}/a.yaml"))
        b = jsondecode(file("b.json"))
      }`,
    "env/a.yaml": "db:\n  password: yaml-secret\n  host: open-host\n",
    "env/b.json": '{"deep": [{"token": "json-secret"}], "host": "open-host"}',
    "env/m/main.tf": 'locals { c = file("${path.module}/c.env") }',
    "env/m/c.env": "API_KEY=env-secret\nHOST=open-host\n",
  });
  assertEquals(
    secrets.scrub("yaml-secret json-secret env-secret open-host"),
    `${SENSITIVE} ${SENSITIVE} ${SENSITIVE} open-host`,
  );
});

Deno.test("learnText() ends on lines made to exhaust it", () => {
  for (const line of [`password:${" ".repeat(200_000)}x`, "-".repeat(200_000), `a${"-".repeat(200_000)}:`]) {
    learnText("x.tf", `a = <<EOT\n${line}\nEOT\n`, new Secrets());
  }
});

Deno.test("learnCode() takes code that is missing or no code at all", async () => {
  const secrets = await learned({ "env/a.tf.json": "{", "env/b.tf": '}}}"', "data/modules/modules.json": "[]" });
  assertEquals(secrets.scrub("anything"), "anything");
  await learnCode(
    { dir: "/nowhere/at/all", dataDir: "/nowhere/else", valueFiles: ["/nowhere/x.tfvars"], env: {} },
    secrets,
  );
});

Deno.test("learnCode() ends where links lead round in circles", async () => {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      join(dir, "main.tf"),
      'module "x" { source = "./x" }\nlocals { password = "round-secret" }',
    );
    await new Deno.Command("ln", { args: ["-s", ".", join(dir, "x")] }).output();
    const secrets = new Secrets();
    await learnCode({ dir, dataDir: dir, valueFiles: [], env: {} }, secrets);
    assertEquals(secrets.scrub("round-secret"), SENSITIVE);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("learnText() takes secrets from files of values", () => {
  const secrets = new Secrets();
  learnText("a.tfvars", 'db_password = "one-secret"\nusers = [{ name = "bob", token = "two-secret" }]\n', secrets);
  learnText("b.hcl", 'address = "https://tf:three secret@h/x"\nbucket = "open"\n', secrets);
  learnText("c.tfvars.json", '{"api_key": "four-secret", "node": "pve1"}', secrets);
  assertEquals(
    secrets.scrub("one-secret two-secret three secret four-secret bob open pve1"),
    `${Array(4).fill(SENSITIVE).join(" ")} bob open pve1`,
  );
});
