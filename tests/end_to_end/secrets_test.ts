/** Twenty secrets in twenty places: none of them is in a byte that leaves the program. On real terraform. */

import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { Estate } from "../support/estate.ts";
import { FAKE_TOKEN, startFakeTelegram } from "../support/fake_telegram.ts";
import { testTerraform } from "../support/programs.ts";

const canary = (n: number) => `canary-${String(n).padStart(2, "0")}-${"abcdefghijklmnopqrst"[n - 1]}x9z`;

const CODE = (mark: string) => `
variable "marked" { sensitive = true }
variable "db_password" {}
variable "handed" {}
module "m" {
  source = "./m"
  inner  = var.handed
}
resource "terraform_data" "marked" { input = "${mark}\${var.marked}" }
resource "terraform_data" "copied" { input = nonsensitive("${mark} uses \${var.marked}") }
resource "terraform_data" "named" {
  input = {
    user        = "${mark}"
    password    = "${canary(4)}${mark}"
    api_token   = "${canary(5)}${mark}"
    private_key = "-----BEGIN KEY-----\\n${canary(6)}${mark}\\n-----END KEY-----"
    user_data   = "#cloud-config\\npassword: ${canary(7)}${mark}"
    nested      = [{ secret = "${canary(8)}${mark}" }]
  }
}
resource "terraform_data" "literal" { input = sensitive("${canary(9)}${mark}") }
resource "terraform_data" "replaced" {
  triggers_replace = sensitive("${canary(10)}${mark}")
}
resource "terraform_data" "new_${mark}" { input = { token = "${canary(11)}" } }
resource "terraform_data" "env" { input = "${mark} \${var.db_password}" }
output "marked" {
  value     = "${mark}${canary(12)}"
  sensitive = true
}
output "root_password" { value = "${mark}${canary(13)}" }
check "speaks" {
  assert {
    condition     = terraform_data.env.input == "never"
    error_message = "it is \${nonsensitive(var.marked)} here"
  }
}
`;
const MODULE =
  'variable "inner" { sensitive = true }\nresource "terraform_data" "in" { input = "m ${nonsensitive(var.inner)}" }';
const TFVARS = `marked = "${canary(1)}"\ndb_password = "${canary(2)}"\nhanded = "${canary(3)}"\n`;

/** Secrets of the process that runs the check. */
const ENV = {
  PROXMOX_VE_API_TOKEN: `root@pam!terraform=${canary(14)}`,
  PROXMOX_VE_PASSWORD: canary(15),
  AWS_SECRET_ACCESS_KEY: canary(16),
  TF_VAR_other_password: canary(17),
  TF_VAR_file_token: canary(19),
  TELEGRAM_BOT_TOKEN: FAKE_TOKEN,
  BACKUP_SECRET: canary(18),
};

const DUMP = `export default {
  apiVersion: 1,
  name: "dump",
  create: (options) => ({
    deliver: (report) => Deno.writeTextFile(options.to, JSON.stringify(report), { append: true }),
    settled: (outcomes) => Deno.writeTextFile(options.to, JSON.stringify(outcomes), { append: true }),
  }),
};
`;

async function everythingIn(dir: string): Promise<string> {
  let text = "";
  for await (const entry of Deno.readDir(dir)) {
    const path = join(dir, entry.name);
    // terraform's own data: the backend's settings, mode 0600 in a folder of 0700
    if (entry.isDirectory) text += entry.name === "terraform" ? "" : await everythingIn(path);
    else if (entry.isFile) text += await Deno.readTextFile(path);
  }
  return text;
}

for (const values of ["show", "hide"]) {
  testTerraform(`twenty secrets in twenty places: none is seen outside with values "${values}"`, async () => {
    await using estate = await Estate.create({
      prod: { "main.tf": CODE("a"), "m/main.tf": MODULE, "terraform.tfvars": TFVARS },
    });
    await estate.apply("prod");
    await estate.write("prod", { "main.tf": CODE("b"), "m/main.tf": MODULE.replace("m ", "n ") });
    await estate.write("broken", {
      "main.tf":
        'variable "file_token" {}\nresource "terraform_data" "x" { input = file("/nowhere/${var.file_token}") }',
    });
    await estate.write("failing", {
      "main.tf":
        `variable "p" { sensitive = true }\nresource "terraform_data" "x" {\n  lifecycle {\n    precondition {\n      condition     = var.p == "x"\n      error_message = "\${nonsensitive(var.p)} is wrong"\n    }\n  }\n}`,
      "terraform.tfvars": `p = "${canary(20)}"`,
    });
    // A variable that no code declares is an error, and quotes nothing; one that fails its own validation does.
    await estate.write("invalid", {
      "main.tf":
        'variable "db_password" {\n  validation {\n    condition     = length(var.db_password) < 3\n    error_message = "${var.db_password} is too long"\n  }\n}\n',
      "terraform.tfvars": `db_password = "${canary(2)}"`,
    });
    const logs = join(estate.dir, "logs"), prom = join(estate.dir, "pve_drift.prom");
    await Deno.mkdir(logs);
    await using fake = startFakeTelegram();
    const dump = join(estate.dir, "dump.ts"), program = join(estate.dir, "dump.sh");
    await Deno.writeTextFile(dump, DUMP);
    await Deno.writeTextFile(program, `#!/bin/sh\ncat >>'${estate.dir}/dump.json'; env >>'${estate.dir}/dump.json'\n`);
    await Deno.chmod(program, 0o755);
    await estate.configure({
      values,
      sinks: [
        "console",
        { use: "logfile", dir: logs },
        { use: "prom", file: prom },
        { use: "telegram", chatId: -1001, apiRoot: fake.url },
        { use: `file:${dump}`, allow: [`write=${estate.dir}`], to: join(estate.dir, "dump.txt") },
        { use: `exec:${program}` },
      ],
    });
    const seen: Record<string, string> = {};
    for (const args of [["--all", "--verbose", "--color", "always"], ["--all", "--json", "--verbose"]]) {
      const { code, stdout, stderr } = await estate.drift(args, ENV);
      assertEquals(code, 3, stderr);
      seen[`stdout of ${args.join(" ")}`] = stdout;
      seen[`stderr of ${args.join(" ")}`] = stderr;
    }
    seen["the log files"] = await everythingIn(logs);
    seen["the metrics"] = await Deno.readTextFile(prom);
    seen["what Telegram got"] = JSON.stringify(fake.calls.map((call) => call.parameters));
    seen["what a file: sink got"] = await Deno.readTextFile(join(estate.dir, "dump.txt"));
    seen["what an exec: sink got"] = await Deno.readTextFile(join(estate.dir, "dump.json"));
    seen["the state directory"] = await everythingIn(join(estate.dir, "state"));
    for (const [place, text] of Object.entries(seen)) {
      assert(text.length > 0, `${place} is empty`);
      assert(!text.includes(FAKE_TOKEN.split(":")[1]!), `the bot's token is in ${place}`);
      for (let n = 1; n <= 20; n++) {
        assert(
          !text.includes(canary(n)),
          `secret ${n} is in ${place}: ${text.slice(Math.max(0, text.indexOf(canary(n)) - 200)).slice(0, 400)}`,
        );
      }
    }
    const whole = seen["stdout of --all --verbose --color always"]!;
    assert(whole.includes("terraform_data.named"), "the drift itself is not reported");
  });
}
