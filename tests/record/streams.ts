/**
 * Records the message streams of real plans for drift/terraform/stream_test.ts, one file each in tests/fixtures/streams.
 * Needs HashiCorp's `local` provider (tests/lab/tools/local), for an object that was changed outside:
 *
 *     deno run -A tests/record/streams.ts /usr/local/bin/terraform PATH/terraform-provider-local
 *
 * @module
 */

import { join } from "node:path";

const [bin = "", provider = ""] = Deno.args;
const out = new URL("../fixtures/streams/", import.meta.url);
const dir = await Deno.makeTempDir();
const host = bin.endsWith("tofu") ? "registry.opentofu.org" : "registry.terraform.io";
const arch = Deno.build.arch === "aarch64" ? "arm64" : "amd64";
const mirror = join(dir, "mirror", host, "hashicorp/local/2.6.0", `linux_${arch}`);
await Deno.mkdir(mirror, { recursive: true });
await Deno.copyFile(provider, join(mirror, "terraform-provider-local_v2.6.0"));
await Deno.writeTextFile(
  join(dir, "cli.tfrc"),
  `provider_installation {\n  filesystem_mirror {\n    path = "${join(dir, "mirror")}"\n  }\n}\n`,
);
const estate = join(dir, "estate");
await Deno.mkdir(estate);
const env = { PATH: "/usr/bin:/bin", HOME: dir, TF_CLI_CONFIG_FILE: join(dir, "cli.tfrc"), CHECKPOINT_DISABLE: "1" };

async function run(...args: string[]): Promise<string> {
  const command = new Deno.Command(bin, { args, cwd: estate, env, clearEnv: true, stdin: "null" });
  const { stdout, stderr } = await command.output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

async function record(name: string, main: string): Promise<void> {
  await Deno.writeTextFile(join(estate, "main.tf"), main);
  const stream = await run("plan", "-input=false", "-json", "-lock=false", "-detailed-exitcode");
  const version = stream.match(/"(?:terraform|tofu)":"([\d.]+)/)?.[1];
  const file = new URL(`${name}.${bin.endsWith("tofu") ? "tofu" : "terraform"}-${version}.jsonl`, out);
  await Deno.writeTextFile(file, stream.replaceAll(dir, ""));
}

const BEFORE = `
terraform {
  required_providers {
    local = {
      source = "hashicorp/local"
    }
  }
}
resource "local_file" "edited" {
  filename = "edited.txt"
  content  = "one"
}
resource "local_file" "gone" {
  filename = "gone.txt"
  content  = "one"
}
resource "terraform_data" "each" {
  for_each = { "a.b" = 1, "c \\"d\\"" = 2 }
  input    = each.value
}
resource "terraform_data" "old_name" {
  input = "kept"
}
resource "terraform_data" "replaced" {
  triggers_replace = 1
}
resource "terraform_data" "forgotten" {
}
output "same" {
  value = 1
}
output "other" {
  value = 1
}
`;

const AFTER = BEFORE
  .replace(`"c \\"d\\"" = 2`, `"c \\"d\\"" = 3, new = 4`)
  .replace("old_name", "new_name")
  .replace("triggers_replace = 1", "triggers_replace = 2")
  .replace(`resource "terraform_data" "forgotten" {\n}\n`, "")
  .replace(/(output "other" \{\s+value = )1/, "$12") + `
moved {
  from = terraform_data.old_name
  to   = terraform_data.new_name
}
removed {
  from = terraform_data.forgotten
  lifecycle {
    destroy = false
  }
}
import {
  to = terraform_data.imported
  id = "11111111-2222-3333-4444-555555555555"
}
resource "terraform_data" "imported" {
}
data "local_file" "later" {
  filename = terraform_data.each["new"].output
}
check "always_fails" {
  assert {
    condition     = terraform_data.each["a.b"].input == 7
    error_message = "It is not seven."
  }
}
`;

try {
  await Deno.writeTextFile(join(estate, "main.tf"), BEFORE);
  await run("init", "-input=false");
  await run("apply", "-input=false", "-auto-approve");
  await record("clean", BEFORE);
  await Deno.writeTextFile(join(estate, "edited.txt"), "two");
  await Deno.remove(join(estate, "gone.txt"));
  await record("changed", AFTER);
  await record(
    "failed",
    BEFORE.replace(
      'input = "kept"',
      `input = "kept"
  lifecycle {
    precondition {
      condition     = terraform_data.each["a.b"].input == 7
      error_message = "Not today."
    }
  }`,
    ),
  );
  await record("broken", BEFORE.replace('"kept"', "var.undeclared") + '\nresource "terraform_data" {\n}\n');
} finally {
  await Deno.remove(dir, { recursive: true });
}
