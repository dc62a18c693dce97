import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { parseEnvFile, readEnvFile } from "./env_file.ts";
import { UsageError } from "../usage_error.ts";

const parse = (text: string) => parseEnvFile(new TextEncoder().encode(text), "/etc/prod.env");
const caller = { uid: Deno.uid()!, gid: Deno.gid()! };

Deno.test("parseEnvFile() reads names and values, and expands nothing", () => {
  const text = `\uFEFF# the lab\r
PROXMOX_VE_ENDPOINT=https://pve:8006/
export PROXMOX_VE_API_TOKEN='root@pam!a=1"2'

  A="it's $HOME \\n \`x\` #1"
export\tB=a=b#c
EMPTY=
QUOTED=""
TWICE=1
TWICE=2
TF_VAR_my-var=[1, 2]
__proto__=x
`;
  assertEquals(Object.entries(parse(text)), [
    ["PROXMOX_VE_ENDPOINT", "https://pve:8006/"],
    ["PROXMOX_VE_API_TOKEN", 'root@pam!a=1"2'],
    ["A", "it's $HOME \\n `x` #1"],
    ["B", "a=b#c"],
    ["EMPTY", ""],
    ["QUOTED", ""],
    ["TWICE", "2"],
    ["TF_VAR_my-var", "[1, 2]"],
    ["__proto__", "x"],
  ]);
});

Deno.test("parseEnvFile() names the lines that it cannot read, and nothing of what stands there", () => {
  const secret = "hunter2-hunter2";
  const lines = [
    secret,
    `A = ${secret}`,
    `A= "${secret}`,
    `${secret}!=x`,
    `export ${secret}`,
    `A="${secret}`,
    `A='${secret}"`,
    `A="${secret}" # comment`,
    `A="${secret}"x"`,
    `A="`,
    `A=${secret} # comment`,
    `A=${secret}\0`,
    `set -a; A=${secret}`,
  ];
  for (const line of lines) {
    const { message } = assertThrows(() => parse(`OK=1\n\n${line}\n`), UsageError) as Error;
    assert(message.startsWith('Cannot read variables from "/etc/prod.env": line 3 '), `${line}: ${message}`);
    assert(!message.includes("hunter2"), message);
  }
  assertThrows(() => parse("a b\nA=1\nc d"), UsageError, "; line 3 must be");
  assertThrows(() => parseEnvFile(new Uint8Array([65, 61, 0xff]), "/x"), UsageError, "no text in UTF-8");
});

Deno.test("parseEnvFile() refuses variables that change what a plan looks at", () => {
  for (
    const name of [
      "TF_CLI_ARGS",
      "TF_CLI_ARGS_plan",
      "TF_WORKSPACE",
      "TF_DATA_DIR",
      "TF_LOG",
      "TF_LOG_PATH",
      "TF_REATTACH_PROVIDERS",
    ]
  ) {
    assertThrows(() => parse(`export ${name}=x`), UsageError, `line 1 sets ${name}, which must not be set here: `);
  }
  assertEquals(parse("TF_TOKEN_app_terraform_io=x\nTF_ENCRYPTION=y"), {
    TF_TOKEN_app_terraform_io: "x",
    TF_ENCRYPTION: "y",
  });
});

async function withFile(run: (file: string, dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${dir}/prod.env`, "A=1\n", { mode: 0o600 });
    await run(`${dir}/prod.env`, dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("readEnvFile() reads a file that its owner alone, or the caller's own group, may read", () =>
  withFile(async (file) => {
    for (const mode of [0o600, 0o400, 0o700, 0o640, 0o440]) {
      await Deno.chmod(file, mode);
      assertEquals(await readEnvFile(file, caller), { A: "1" }, mode.toString(8));
    }
  }));

Deno.test("readEnvFile() refuses a file that anybody else may read, write or run", () =>
  withFile(async (file) => {
    for (const mode of [0o604, 0o601, 0o606, 0o644, 0o602, 0o660, 0o620, 0o610, 0o650]) {
      await Deno.chmod(file, mode);
      const { message } = await assertRejects(() => readEnvFile(file, caller), UsageError) as Error;
      assert(/run "chmod (600|go-w) /.test(message), `${mode.toString(8)}: ${message}`);
    }
    await Deno.chmod(file, 0o640);
    await assertRejects(() => readEnvFile(file, { ...caller, gid: caller.gid + 1 }), UsageError, "may read it");
  }));

Deno.test("readEnvFile() refuses a file of somebody else, a missing one, a folder and a pipe", () =>
  withFile(async (file, dir) => {
    if (caller.uid === 0) {
      await Deno.chown(file, 12345, null);
      await assertRejects(() => readEnvFile(file, caller), UsageError, "must belong to root, belongs to user 12345");
    }
    await assertRejects(
      () => readEnvFile(`${dir}/missing`, caller),
      UsageError,
      `Cannot read variables from "${dir}/m`,
    );
    await assertRejects(() => readEnvFile(dir, caller), UsageError, "it is no regular file");
    const { success } = await new Deno.Command("mkfifo", { args: ["-m", "600", `${dir}/pipe`] }).output();
    assert(success);
    await assertRejects(() => readEnvFile(`${dir}/pipe`, caller), UsageError, "it is no regular file");
  }));
