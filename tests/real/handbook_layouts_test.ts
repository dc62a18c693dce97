/** The handbook's wrappers and its recipe for Terragrunt, with stand-ins for the tools that behave as they do. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { codeOf, readHandbook, tablesBelow } from "../docs/handbook.ts";
import { Estate } from "../support/estate.ts";
import { run, testWith } from "../support/programs.ts";

const handbook = await readHandbook();
const SECRET = 's3cret\'with "quotes" and $HOME';

/** Decrypts, if the key is there, and hands one command line to a shell, as sops does. */
const SOPS = `#!/bin/sh
[ "$1" = exec-env ] && [ $# = 3 ] || exit 100
if [ ! -r "$SOPS_AGE_KEY_FILE" ]; then
  printf 'Failed to get the data key required to decrypt the SOPS file.\\n\\nGroup 0: FAILED\\n  age1abc: FAILED\\n    - | failed to load age identities: failed to open file\\n' >&2
  exit 128
fi
while IFS= read -r line; do name=\${line%%=*}; export "$name=$(printf %s "\${line#*=}" | base64 -d)"; done <"$2"
exec /bin/sh -c "$3"
`;

/** Puts in what its references mean, and conceals it again in the output unless told not to, as 1Password's op does. */
const OP = `#!/bin/sh
[ "$1" = run ] || exit 100
if [ -z "$OP_SERVICE_ACCOUNT_TOKEN" ]; then
  echo '[ERROR] 2026/11/30 10:00:00 could not read secret "op://lab/pve/token": No accounts configured for use with 1Password CLI.' >&2
  exit 1
fi
masking=yes
while [ "$1" != -- ]; do
  case $1 in --no-masking) masking= ;; --env-file=*) file=\${1#*=} ;; esac
  shift
done
shift
[ "$(cat "$file")" = 'TF_VAR_api_token=op://lab/pve/token' ] || exit 101
export TF_VAR_api_token="$VAULT"
[ -z "$masking" ] && exec "$@"
"$@" | sed "s/s3cret[^ ]*/<concealed by 1Password>/g"
`;

/** Fetches what its token may see, as Doppler does. */
const DOPPLER = `#!/bin/sh
[ "$1 $2 $3 $4 $5 $6" = 'run --project homelab --config prod --' ] || exit 100
[ -n "$DOPPLER_TOKEN" ] || { echo 'Doppler Error: you must provide a token' >&2; exit 1; }
shift 6
export TF_VAR_api_token="$VAULT"
exec "$@"
`;

const CODE = `variable "api_token" {
  type = string
}
resource "terraform_data" "a" {
  input = var.api_token
}
`;

/** The handbook's scripts by the tool, with their files in this folder. */
function wrappers(dir: string): Record<string, string> {
  const rows = tablesBelow(handbook, "secrets-that-another-tool-holds");
  const lastLine = (tool: string) => rows.find(([name]) => name === tool)![1]!.replaceAll("`", "");
  const scripts = {
    sops: codeOf(handbook, "file", "terraform-prod"),
    op: `#!/bin/sh\n${lastLine("1Password")}\n`,
    doppler: `#!/bin/sh\n${lastLine("Doppler")}\n`,
  };
  return Object.fromEntries(
    Object.entries(scripts).map(([tool, text]) => [tool, text.replaceAll("/etc/pve-drift", dir)]),
  );
}

async function put(path: string, text: string, mode = 0o755): Promise<void> {
  await Deno.mkdir(join(path, ".."), { recursive: true });
  await Deno.writeTextFile(path, text, { mode });
}

testWith(
  ["terraform"],
  "the handbook's wrappers for SOPS, 1Password and Doppler hand secrets to Terraform",
  async (test, terraform) => {
    const names = ["sops", "op", "doppler"];
    await using estate = await Estate.create(Object.fromEntries(names.map((name) => [name, { "main.tf": CODE }])));
    const { dir } = estate, tools = join(dir, "tools");
    for (const [name, text] of Object.entries({ sops: SOPS, op: OP, doppler: DOPPLER })) {
      await put(
        join(tools, name),
        text,
      );
    }
    for (const [name, script] of Object.entries(wrappers(dir))) await put(join(dir, `terraform-${name}`), script);
    await put(join(dir, "prod.enc.env"), `TF_VAR_api_token=${btoa(SECRET)}\n`, 0o600);
    await put(join(dir, "age.key"), "AGE-SECRET-KEY-1", 0o600);
    await put(join(dir, "prod.op.env"), "TF_VAR_api_token=op://lab/pve/token", 0o600);
    await put(join(dir, "op-login.env"), `OP_SERVICE_ACCOUNT_TOKEN=ops_123456\n`, 0o600);
    await put(join(dir, "doppler-login.env"), `DOPPLER_TOKEN='dp.st.123456'\n`, 0o600);
    for (const name of names) {
      await estate.terraform(name, "init");
      const { code, stderr } = await run(terraform!, ["apply", "-auto-approve"], {
        cwd: estate.path(name),
        env: { ...estate.env, TF_VAR_api_token: SECRET },
      });
      assertEquals(code, 0, stderr);
    }
    const bin = (name: string) => join(dir, `terraform-${name}`);
    await estate.configure({
      terraform: { env: { PATH: `${tools}:${join(terraform!, "..")}:${Deno.env.get("PATH")}` } },
      environments: {
        sops: {
          bin: bin("sops"),
          env: { SOPS_FILE: join(dir, "prod.enc.env"), SOPS_AGE_KEY_FILE: join(dir, "age.key") },
        },
        op: { bin: bin("op"), env: { OP_ENV_FILE: join(dir, "prod.op.env") }, envFile: "op-login.env" },
        doppler: { bin: bin("doppler"), envFile: "doppler-login.env" },
      },
    });
    const check = async () => {
      const { report, stderr } = await estate.report(["--all"], { VAULT: SECRET });
      assert(!JSON.stringify(report).includes("s3cret") && !stderr.includes("s3cret"), JSON.stringify(report));
      return report.environments.map(({ name, status, error }) => [name, status, error?.class]);
    };
    await test.step("nothing differs", async () => {
      assertEquals(await check(), names.map((name) => [name, "ok", undefined]));
    });
    await test.step("a difference is found, and what the wrapper handed over stays secret", async () => {
      for (const name of names) {
        await estate.write(name, {
          "main.tf": CODE.replace("= var.api_token", '= "${var.api_token}-2"'),
        });
      }
      assertEquals(await check(), names.map((name) => [name, "drift", undefined]));
    });
    await test.step("without a session, the error says whose login is missing", async () => {
      await Deno.remove(join(dir, "age.key"));
      for (const name of ["op", "doppler"]) await put(join(dir, `${name}-login.env`), "", 0o600);
      assertEquals(await check(), names.map((name) => [name, "error", "auth"]));
    });
  },
);

/** Does what Terragrunt does around terraform: a copy in a cache, an init of its own, its own lines on stderr. */
const TERRAGRUNT = `#!/bin/sh
[ "$1" = --working-dir ] && { cd "$2" || exit 1; shift 2; }
cache=$PWD/.terragrunt-cache/copy
mkdir -p "$cache"
cp "$PWD"/../../modules/vm/*.tf "$cache"
cd "$cache" || exit 1
echo '10:00:00.000 INFO   Downloading Terraform configurations' >&2
command=$1
shift
if [ "$1" = --no-auto-init ]; then shift; elif [ "$command" = plan ]; then terraform init; fi
if [ "$TG_TF_FORWARD_STDOUT" = true ]; then exec terraform "$command" "$@"; fi
terraform "$command" "$@" | sed 's/^/10:00:00.000 STDOUT terraform: /'
`;

testWith(["terraform"], "the handbook's recipe lets Terragrunt plan and replay judge", async (_test, terraform) => {
  await using estate = await Estate.create({});
  const { dir } = estate, tools = join(dir, "bin"), live = join(dir, "live");
  await put(join(tools, "terragrunt"), TERRAGRUNT);
  const [program, args] = estate.invocation();
  const quoted = [program, ...args].map((word) => `'${word}'`).join(" ");
  await put(join(tools, "pve-drift"), `#!/bin/sh\n${quoted} "$@"\necho "exit code $?"\n`);
  const recipe = codeOf(handbook, "test", "terragrunt").replaceAll("/srv/live", live)
    .replaceAll("/usr/lib/pve-drift/run", join(tools, "pve-drift"))
    .replace(/ --sink "telegram[^"]*"/, "");
  await put(join(dir, "modules/vm/main.tf"), 'resource "terraform_data" "vm" {\n  input = "web"\n}\n', 0o644);
  await put(join(live, "vm/terragrunt.hcl"), 'terraform {\n  source = "../../modules/vm"\n}\n', 0o644);
  const env = { ...estate.env, PATH: `${tools}:${join(terraform!, "..")}:${Deno.env.get("PATH")}`, COLUMNS: "200" };
  const applied = await run(join(tools, "terragrunt"), ["apply", "-auto-approve"], { cwd: join(live, "vm"), env });
  assertEquals(applied.code, 0, applied.stderr);
  const check = async () => (await run("bash", ["-c", recipe], { env })).stdout.replace(/ +/g, " ");

  const clean = await check();
  assertStringIncludes(clean, "vm OK 0 no difference");
  assertStringIncludes(clean, "exit code 0");
  await put(join(dir, "modules/vm/main.tf"), 'resource "terraform_data" "vm" {\n  input = "mail"\n}\n', 0o644);
  assertStringIncludes(await check(), "exit code 2");
  await put(join(dir, "modules/vm/variables.tf"), 'variable "x" {\n  type = string\n}\n', 0o644);
  const broken = await check();
  assertStringIncludes(broken, "exit code 1");
  assertStringIncludes(broken, "vm: ERROR config-invalid");
});
