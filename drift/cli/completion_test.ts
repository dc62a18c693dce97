import { assert, assertEquals, assertThrows } from "@std/assert";
import { type CommandRow, COMMANDS, SHELLS } from "../commands/table.ts";
import { type CliOption, OPTIONS } from "./options.ts";
import { completion } from "./completion.ts";
import { UsageError } from "../usage_error.ts";

const PROGRAM = `#!/bin/sh
echo "$*" >"$(dirname "$0")/asked"
printf 'lab\\nprod\\nprod-eu\\n'
`;

async function output(command: string, args: string[], cwd?: string): Promise<string> {
  const { stdout, stderr, success } = await new Deno.Command(command, { args, ...cwd ? { cwd } : {} }).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

async function installed(command: string): Promise<boolean> {
  try {
    await new Deno.Command(command, { args: ["--version"], stdout: "null", stderr: "null" }).output();
    return true;
  } catch {
    return false;
  }
}

const has = { zsh: await installed("zsh"), fish: await installed("fish") };
const reason = (shell: "zsh" | "fish") => has[shell] ? "" : ` (skipped: ${shell} is not installed)`;

async function withProgram(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${dir}/pve-drift`, PROGRAM, { mode: 0o755 });
    for (const shell of SHELLS) await Deno.writeTextFile(`${dir}/complete.${shell}`, completion(shell));
    await run(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** What bash offers for the last of the words, which it splits as readline would. */
async function bashOffers(dir: string, ...words: string[]): Promise<string[]> {
  const script = `source complete.bash; compopt() { echo "compopt $*"; }
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pve_drift; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const lines = await output("bash", ["--norc", "-c", script, "bash", `${dir}/pve-drift`, ...words], dir);
  return lines.split("\n").filter((line) => line !== "");
}

Deno.test("completion() holds every option, choice and command for people in every shell's script", () => {
  for (const shell of SHELLS) {
    const script = completion(shell);
    for (const { name, short, choices = [], hidden } of OPTIONS as readonly CliOption[]) {
      const spelled = shell === "fish" ? [`-l ${name} `, ...short ? [`-s ${short} `] : []] : [`--${name}`];
      for (const part of [...spelled, ...choices]) assertEquals(script.includes(part), !hidden, `${shell}: ${part}`);
    }
    for (const { name, help } of COMMANDS as readonly CommandRow[]) {
      if (help) assert(script.includes(name), `${shell}: ${name}`);
    }
    assert(!script.includes("__sink "));
  }
});

Deno.test("completion() refuses a shell that it does not know", () => {
  assertThrows(() => completion("tcsh"), UsageError, "bash, zsh, fish");
  assertThrows(() => completion("constructor"), UsageError);
});

Deno.test("completion() makes bash offer options, commands, choices and operands", () =>
  withProgram(async (dir) => {
    assertEquals(await bashOffers(dir, "--co"), ["--config", "--concurrency", "--color"]);
    assertEquals(await bashOffers(dir, "--json", ""), [
      ...["replay", "explain", "doctor", "init", "setup", "sinks", "snooze", "completion", "help", "version"],
    ]);
    assertEquals(await bashOffers(dir, "--fo"), ["--for"]);
    assertEquals(await bashOffers(dir, "help", "si"), ["sinks"]);
    assertEquals(await bashOffers(dir, "--color", "a"), ["auto", "always"]);
    assertEquals(await bashOffers(dir, "--color", "=", "al"), ["always"]);
    assertEquals(await bashOffers(dir, "--color", "="), ["auto", "always", "never"]);
    assertEquals(await bashOffers(dir, "--concurrency", ""), []);
    assertEquals(await bashOffers(dir, "completion", "f"), ["fish"]);
    assertEquals(await bashOffers(dir, "--sink", "file", ":", "./x", "--root", "=", "y", "sinks", ""), [
      "check",
      "test",
    ]);
    assertEquals(await bashOffers(dir, "doctor", ""), []);
  }));

Deno.test("completion() makes bash offer files, folders and sinks", () =>
  withProgram(async (dir) => {
    assertEquals(await bashOffers(dir, "--config", ""), ["compopt -o default"]);
    assertEquals(await bashOffers(dir, "--root", ""), ["compopt -o dirnames"]);
    assertEquals(await bashOffers(dir, "replay", ""), ["compopt -o default"]);
    assertEquals(await bashOffers(dir, "--sink", "+te"), ["compopt -o nospace", "+telegram"]);
    assertEquals(await bashOffers(dir, "--sink", "file", ":", "./s"), ["compopt -o default"]);
    assertEquals(await bashOffers(dir, "--sink", "file", ":"), ["compopt -o default"]);
  }));

Deno.test("completion() makes bash ask the program for environments, with the line's configuration and root", () =>
  withProgram(async (dir) => {
    const asked = () => Deno.readTextFile(`${dir}/asked`);
    assertEquals(await bashOffers(dir, "--env", ""), ["lab", "prod", "prod-eu"]);
    assertEquals(await asked(), "__environments\n");
    assertEquals(await bashOffers(dir, "--env", "lab,prod-"), ["lab,prod-eu"]);
    assertEquals(await bashOffers(dir, "--root", "my envs", "--config", "=", "~/x.json", "--env", "=", "l"), ["lab"]);
    assertEquals(await asked(), `--root=my envs --config=${Deno.env.get("HOME")}/x.json __environments\n`);
  }));

Deno.test("completion() makes bash offer nothing, and print nothing, when the program fails", () =>
  withProgram(async (dir) => {
    await Deno.writeTextFile(`${dir}/pve-drift`, "#!/bin/sh\necho broken >&2\nexit 64\n");
    assertEquals(await bashOffers(dir, "--env", ""), []);
    await Deno.remove(`${dir}/pve-drift`);
    assertEquals(await bashOffers(dir, "--env", ""), []);
  }));

Deno.test({
  name: `completion() gives zsh a script that it can read${reason("zsh")}`,
  ignore: !has.zsh,
  fn: () => withProgram(async (dir) => assertEquals(await output("zsh", ["-f", "-n", "complete.zsh"], dir), "")),
});

Deno.test({
  name: `completion() makes fish offer options, environments and operands${reason("fish")}`,
  ignore: !has.fish,
  fn: () =>
    withProgram(async (dir) => {
      const offers = async (line: string) => {
        const script = `set -p PATH .; source complete.fish; complete -C '${line}'`;
        const lines = await output("fish", ["--no-config", "-c", script], dir);
        return lines.split("\n").filter((line) => line !== "").map((line) => line.split("\t")[0]);
      };
      assertEquals(await offers("pve-drift --co"), ["--color", "--concurrency", "--config"]);
      assertEquals(await offers("pve-drift --root x --env prod"), ["prod", "prod-eu"]);
      assertEquals(await Deno.readTextFile(`${dir}/asked`), "--root=x __environments\n");
      assertEquals(await offers("pve-drift --env lab,prod-"), ["lab,prod-eu"]);
      assertEquals(await offers("pve-drift --color al"), ["always"]);
      assertEquals(await offers("pve-drift completion f"), ["fish"]);
    }),
});
