/** Secrets where programs print them by themselves: in URLs, in errors that come before any plan, in the code. On real terraform. */

import { assert, assertEquals } from "@std/assert";
import { everythingSeen } from "../support/canaries.ts";
import { Estate } from "../support/estate.ts";
import { testTerraform } from "../support/programs.ts";

/** Stands in every secret, and in no text around it. */
const MARK = "zqx";
let made = 0;
/** A secret of its own each time, its parts too. */
const secret = (between = "-") => `${MARK}${++made}one${between}${MARK}${made}two`;

/** Code that fails, each in another way, and prints what it failed on. */
const FAILING: Record<string, Record<string, string>> = {
  ...Object.fromEntries(
    [["slash", "/"], ["blank", " "], ["hash", "#"], ["question", "?"], ["at", "@ /"]].flatMap(([name, between]) => [
      [`pg-${name}`, {
        "main.tf": `terraform {\n  backend "pg" {\n    conn_str = "postgres://tf:${
          secret(between)
        }@127.0.0.1:1/db"\n  }\n}`,
      }],
      [`http-${name}`, {
        "main.tf": `terraform {\n  backend "http" {\n    address = "http://tf:${
          secret(between)
        }@127.0.0.1:1/db"\n  }\n}`,
      }],
    ]),
  ),
  "http-digits": {
    "main.tf": `data "terraform_remote_state" "x" {
  backend = "http"
  config  = { address = "http://tf:12/${secret()}@127.0.0.1:1/db", retry_max = 0 }
}`,
  },
  "pg-words": {
    "main.tf":
      `terraform {\n  backend "pg" {\n    conn_str = "host=127.0.0.1 user=tf password=${MARK}-open ${MARK}-word x=y"\n  }\n}`,
  },
  "file-of-settings": {
    "main.tf":
      'locals {\n  cfg = yamldecode(file("${path.module}/c.yaml"))\n}\nresource "terraform_data" "x" { input = tonumber(local.cfg.password) }',
    "c.yaml": `user: open\npassword: ${secret()}\n`,
  },
  "remote-state": {
    "main.tf": `data "terraform_remote_state" "x" {
  backend = "http"
  config  = { address = "http://tf:${secret("/")}@127.0.0.1:1/db", password = "${secret()}" }
}`,
  },
  "remote-state-pg": {
    "main.tf": `data "terraform_remote_state" "x" {
  backend = "pg"
  config  = { conn_str = "postgres://tf:${secret(" ")}@127.0.0.1:1/db" }
}`,
  },
  "module-http": { "main.tf": `module "x" {\n  source = "git::http://tf:${secret("#")}@127.0.0.1:1/x.git"\n}` },
  "module-blank": { "main.tf": `module "x" {\n  source = "git::http://tf:${secret(" ")}@127.0.0.1:1/x.git"\n}` },
  "module-key": {
    "main.tf": `module "x" {\n  source = "git::ssh://git@127.0.0.1:1/x.git?sshkey=${btoa(secret())}"\n}`,
  },
  "module-signature": {
    "main.tf": `module "x" {\n  source = "http://127.0.0.1:1/x.zip?X-Amz-Signature=${secret()}&sig=${secret()}"\n}`,
  },
  "module-validation": {
    "main.tf": `module "x" {\n  source  = "./m"\n  password = "${secret()}"\n}`,
    "m/main.tf":
      'variable "password" {\n  validation {\n    condition     = length(var.password) < 3\n    error_message = "${var.password} is too long"\n  }\n}',
  },
  "handed-to-a-module": {
    "main.tf": 'variable "handed" {}\nmodule "x" {\n  source   = "./m"\n  password = var.handed\n}',
    "terraform.tfvars": `handed = "${secret()}"\n`,
    "m/main.tf":
      'variable "password" {\n  validation {\n    condition     = length(var.password) < 3\n    error_message = "${var.password} is too long"\n  }\n}',
  },
  "marked-and-quoted": {
    "main.tf":
      'variable "plain" {\n  sensitive = true\n  validation {\n    condition     = length(var.plain) < 3\n    error_message = "${nonsensitive(var.plain)} is too long"\n  }\n}',
    "terraform.tfvars": `plain = "${secret()}"\n`,
  },
  "local-in-a-check": {
    "main.tf": `locals {\n  db_password = "${secret()}"\n  marked = sensitive("${secret()}")\n}
check "speaks" {
  assert {
    condition     = local.db_password == "never"
    error_message = "it is \${local.db_password}, and \${nonsensitive(local.marked)}"
  }
}
resource "terraform_data" "x" { input = "uses \${local.db_password}" }`,
  },
  "broken-values": {
    "main.tf": 'variable "db_password" {}',
    "terraform.tfvars": `db_password = "${secret()}\nnext = 1\n`,
  },
  "default": {
    "main.tf": `variable "api_token" {\n  default = "${secret()}"\n}
resource "terraform_data" "x" {
  lifecycle {
    precondition {
      condition     = var.api_token == ""
      error_message = "must not be \${var.api_token}"
    }
  }
}`,
  },
};

const NAMES = [
  "pwd",
  "otp",
  "creds",
  "jwt",
  "bearer",
  "cookie",
  "dsn",
  "pin",
  "wireguard_key",
  "snmp_community",
  "ceph_keyring",
];

/** Differences, of which only one side's secret is known: the state and the code hold several, and `generation` changes them. */
function changing(generation: string): Record<string, string> {
  const one = () => `${MARK}${++made}${generation}`;
  return {
    "main.tf": `
variable "db_password" {}
variable "api_token" { default = "${MARK}-of-both" }
variable "users" { sensitive = true }
resource "terraform_data" "described" { input = "root pw: \${var.db_password}" }
resource "terraform_data" "listed" { input = ["a", "root pw: \${var.db_password}", "b"] }
resource "terraform_data" "deep" { input = { text = { of = "root pw: \${var.db_password}" } } }
resource "terraform_data" "address" { input = "https://tf:\${var.db_password}@h.example/\${var.db_password}" }
resource "terraform_data" "names" { input = { ${NAMES.map((name) => `${name} = "${one()}"`).join(", ")} } }
resource "terraform_data" "each" {
  for_each = { "\${var.api_token}-key" = 1 }
  input    = "${generation}"
}
resource "terraform_data" "encoded" { input = "x \${base64encode("root:\${var.db_password}")} \${jsonencode({ a = jsonencode({ b = "<\${var.db_password}>" }) })}" }
resource "terraform_data" "keys" { input = nonsensitive(keys(var.users)) }
output "described" { value = "root pw: \${var.db_password}" }
`,
    "terraform.tfvars": `db_password = "${one()}"\nusers = { "${one()}@pve" = 1 }\n`,
  };
}

for (const values of ["show", "hide"]) {
  testTerraform(
    `secrets that URLs, errors and code hold are nowhere seen outside with values "${values}"`,
    async () => {
      await using estate = await Estate.create({ changing: changing("old") });
      await estate.apply("changing");
      await estate.write("changing", changing("new"));
      for (const [name, files] of Object.entries(FAILING)) await estate.write(name, files);
      const { codes, seen } = await everythingSeen(estate, values, {});
      assertEquals(codes, [3, 3]);
      for (const [place, text] of Object.entries(seen)) {
        assert(text.length > 0, `${place} is empty`);
        const found = text.indexOf(MARK);
        assert(found < 0, `a secret is in ${place}: ${text.slice(Math.max(0, found - 300), found + 100)}`);
        const encoded = text.indexOf(btoa(MARK));
        assert(
          encoded < 0,
          `a secret is in ${place}, in base64: ${text.slice(Math.max(0, encoded - 300), encoded + 100)}`,
        );
      }
      const whole = seen["stdout of --all --verbose --color always"]!;
      for (const name of ["changing", ...Object.keys(FAILING)]) assert(whole.includes(name), `${name} is not reported`);
    },
  );
}
