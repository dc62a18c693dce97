/** Twenty secrets in twenty places: none of them is in a byte that leaves the program. On real terraform. */

import { assert, assertEquals } from "@std/assert";
import { Estate } from "../support/estate.ts";
import { everythingSeen } from "../support/canaries.ts";
import { FAKE_TOKEN } from "../support/fake_telegram.ts";
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
  BACKUP_SECRET: canary(18),
};

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
    const { codes, seen } = await everythingSeen(estate, values, ENV);
    assertEquals(codes, [3, 3]);
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
