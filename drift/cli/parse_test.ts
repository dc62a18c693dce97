import { assert, assertEquals, assertThrows } from "@std/assert";
import { type CliOptions, parseCli } from "./parse.ts";
import { COMMANDS } from "../commands/table.ts";
import { type CliOption, OPTIONS } from "./options.ts";
import { UsageError } from "../usage_error.ts";

const plain: CliOptions = {
  command: "check",
  words: [],
  env: [],
  all: false,
  ifChanged: false,
  dryRun: false,
  sinks: [],
  yes: false,
  skip: [],
  json: false,
  patch: false,
  force: false,
  verbose: false,
  quiet: false,
  color: "auto",
};

function refuses(args: string[], ...parts: string[]): void {
  const { message } = assertThrows(() => parseCli(args), UsageError);
  for (const part of parts) assert(message.includes(part), `${args.join(" ")}: ${message}`);
}

Deno.test("parseCli() means the check and the defaults when nothing is given", () => {
  assertEquals(parseCli([]), plain);
  assertEquals(parseCli(["-v"]), { ...plain, verbose: true });
  assertEquals(parseCli(["-q"]), { ...plain, quiet: true });
});

Deno.test("parseCli() reads everything at once", () => {
  const args = "--env prod --config x.json --root envs --sink console --sink=+telegram?chatId=-1 --concurrency 3 " +
    "--timeout 5m --lock-timeout=0s --json --force --verbose --color never";
  assertEquals(parseCli(args.split(" ")), {
    ...plain,
    env: ["prod"],
    config: "x.json",
    root: "envs",
    sinks: ["console", "+telegram?chatId=-1"],
    concurrency: 3,
    timeoutMs: 300_000,
    lockTimeoutMs: 0,
    json: true,
    force: true,
    verbose: true,
    color: "never",
  });
});

Deno.test("parseCli() knows every option of the table", () => {
  const durations = { timeout: "7s", "lock-timeout": "7s" };
  const values: Record<string, string> = {
    ...{ ...durations, concurrency: "7", color: "never", shard: "7/7", skip: "timer", "fail-on": "new", for: "7d" },
  };
  for (const { name, value, short, commands = ["check"] } of OPTIONS as readonly CliOption[]) {
    const text = values[name] ?? "seven";
    const operands: Record<string, string[]> = { snooze: ["list"] };
    const words = commands.includes("check") ? [] : [commands[0]!, ...operands[commands[0]!] ?? []];
    for (const args of value ? [[`--${name}`, text], [`--${name}=${text}`]] : [[`--${name}`]]) {
      assert(JSON.stringify(parseCli([...words, ...args])) !== JSON.stringify(parseCli(words)), args.join(" "));
    }
    if (short) assertEquals(parseCli([`-${short}`]), parseCli([`--${name}`]));
  }
});

Deno.test("parseCli() keeps the order of --env and each name once", () => {
  assertEquals(parseCli(["--env", "prod,lab", "--env=lab", "--env", "a, prod"]).env, ["prod", "lab", "a"]);
});

Deno.test("parseCli() takes the last word of an option that has one value, so that a task can be overruled", () => {
  assertEquals(parseCli(["--timeout", "5m", "--color=never", "--timeout=90s"]).timeoutMs, 90_000);
});

Deno.test("parseCli() names the closest option when one is unknown", () => {
  refuses(["--evn", "x"], `Unknown option "--evn": did you mean "--env"?`);
  refuses(["--quiet", "__sink"], `Unknown command "__sink"`);
  for (const arg of ["-x", "--nope", "--forec"]) {
    const { message } = assertThrows(() => parseCli([arg]), UsageError);
    assertEquals(message, `Unknown option "${arg}": --help lists them all`);
  }
  refuses(["--dryrun"], `did you mean "--dry-run"?`);
  refuses(["-env", "x"], `"-env": did you mean "--env"?`);
  refuses(["--env.x=hunter2"], `Unknown option "--env.x"`);
  for (const arg of ["-x", "-hx", "-1", "--no-all", "--__proto__=1", "--constructor", "---", "--=x", "-="]) {
    refuses([arg], "Unknown option");
  }
});

Deno.test("parseCli() says what is missing when an option has no value", () => {
  for (const { name, value } of OPTIONS as readonly CliOption[]) {
    if (!value) continue;
    for (
      const args of [[`--${name}`], [`--${name}=`], [`--${name}`, ""], [`--${name}`, " "], [`--${name}`, "--json"]]
    ) {
      refuses(args, `Option "--${name}" needs a value: --${name} ${value}`);
    }
  }
  refuses(["--env", "a,,b"], `as a or a,b, got "a,,b"`);
});

Deno.test("parseCli() refuses a value of a switch, and values that do not fit", () => {
  refuses(["--json=yes"], `"--json" takes no value, got "--json=yes"`);
  refuses(["--color", "blue"], `must be "auto", "always" or "never", got "blue"`);
  for (const n of ["0", "-1x", "1.5", "x", "10000", "1e3", "٣"]) {
    refuses([`--concurrency=${n}`], `must be a whole number from 1 to 9999, got "${n}"`);
  }
  refuses(["--timeout", "5 min"], `Option "--timeout" must be a duration like "90s", "5m" or "1h", got "5 min"`);
  refuses(["--timeout", "0s"], "more than 0s");
  refuses(["--lock-timeout", "30d"], `Option "--lock-timeout" must be at most 24d, got "30d"`);
});

Deno.test("parseCli() refuses what contradicts itself", () => {
  refuses(["--all", "--env", "x"], `"--all" and "--env" exclude each other`);
  refuses(["--verbose", "--quiet"], "exclude each other");
  refuses(["replay", "x", "--all"], "one environment");
  refuses(["replay", "x", "--env", "a,b"], "one environment");
  refuses(["replay", "x", "--env", "../../etc"], `Option "--env" must be letters, digits`, `got "../../etc"`);
  assertEquals(parseCli(["--json", "--quiet", "--all"]).quiet, true);
});

Deno.test("parseCli() reads what setup must not ask for, and refuses it to other commands", () => {
  const args = "setup --yes --skip timer --skip=login --login-file - --telegram-token-file t --proxmox-endpoint e " +
    "--proxmox-token-file p --ca c --fingerprint AB";
  assertEquals(parseCli(args.split(" ")), {
    ...plain,
    command: "setup",
    yes: true,
    skip: ["timer", "login"],
    loginFile: "-",
    telegramTokenFile: "t",
    proxmoxEndpoint: "e",
    proxmoxTokenFile: "p",
    ca: "c",
    fingerprint: "AB",
  });
  refuses(["setup", "--skip", "doctor"], `Option "--skip" must be "environments"`, `got "doctor"`);
  for (const option of ["--yes", "--skip=timer", "--login-file=x", "--telegram-token-file=x", "--ca=x"]) {
    refuses([option, "--all"], `Option "${option.split("=")[0]}" is for the command "setup"`);
  }
});

Deno.test("parseCli() knows every command of the table and its operands", () => {
  const right: Record<string, string[]> = {
    replay: ["plan.json", "plan.json stream.json", "-", "- stream.json", "-- --odd"],
    explain: ["", "101"],
    doctor: [""],
    init: [""],
    setup: [""],
    sinks: ["", "check", "test ntfy"],
    snooze: ["list", "prod vm.a", "end prod vm.a"],
    completion: ["bash", "zsh", "fish"],
    help: ["", "replay", "help"],
    version: [""],
    __environments: [""],
  };
  const wrong: Record<string, string[]> = {
    replay: ["", "a b c", "- -"],
    explain: ["a b"],
    doctor: ["x"],
    init: ["x"],
    setup: ["telegram"],
    sinks: ["chek", "check x", "test", "test a b"],
    snooze: ["", "prod", "list prod vm.a", "prod vm.a vm.b"],
    completion: ["", "tcsh", "bash zsh"],
    help: ["replay doctor"],
    version: ["x"],
    __environments: ["x"],
  };
  const split = (text: string) => text.split(" ").filter((word) => word !== "");
  for (const { name } of COMMANDS) {
    for (const text of right[name]!) {
      assertEquals(parseCli([name, ...split(text)]), {
        ...plain,
        command: name,
        words: split(text).filter((word) => word !== "--"),
      });
    }
    for (const text of wrong[name]!) refuses([name, ...split(text)], `Command "${name}" must be given as: ${name}`);
  }
});

Deno.test("parseCli() suggests a command where one is near, and else says how environments are named", () => {
  refuses(["doctr"], `Unknown command "doctr": did you mean "doctor"? "pve-drift help" lists them all`);
  refuses(["prod"], `Unknown command "prod": "pve-drift help" lists them all; an environment is named as --env prod`);
  refuses(["help", "doctr"], `Unknown command "doctr": did you mean "doctor"?`);
  refuses(["doctr", "--help"], `Unknown command "doctr": did you mean "doctor"?`);
  refuses(["help", "__environments"], `Unknown command "__environments"`);
  refuses(["sinks", "chek"], `got "sinks chek"; did you mean "check"? "pve-drift help sinks" says more`);
  refuses(["--", "--all"], `Unknown command "--all"`);
});

Deno.test("parseCli() takes --help and --version before whatever else the line says", () => {
  for (const args of [["-h"], ["--help", "--all", "--env", "x"], ["help", "--help"]]) {
    const { command, words } = parseCli(args);
    assertEquals([command, ...words], ["help"]);
  }
  for (const args of [["help", "replay"], ["replay", "--help"], ["-h", "replay", "a", "b", "c"]]) {
    const { command, words } = parseCli(args);
    assertEquals([command, ...words], ["help", "replay"]);
  }
  for (const args of [["version"], ["-V"], ["--version", "--all", "--env", "x"]]) {
    assertEquals(parseCli(args).command, "version");
  }
  refuses(["--help", "--nonsense"], "Unknown option");
});

Deno.test("parseCli() reads the shard, and refuses one that there is not", () => {
  assertEquals(parseCli(["--all", "--shard", "2/3"]).shard, { index: 2, of: 3 });
  assertEquals(parseCli(["--all", "--shard=auto/12"]).shard, { index: "auto", of: 12 });
  for (const shard of ["0/3", "4/3", "3", "1/0", "a/3", "auto", "1/3/5", "01/3", "-1/3", "1.5/3"]) {
    refuses(["--all", `--shard=${shard}`], '"--shard" must be I/N', `got "${shard}"`);
  }
  refuses(["replay", "x", "--shard", "1/2"], 'leave "--shard" out');
});

Deno.test("parseCli() refuses --json where there is no report to print", () => {
  assertEquals(parseCli(["replay", "x", "--json"]).json, true);
  for (const words of [["doctor"], ["sinks"], ["sinks", "test", "x"], ["completion", "bash"]]) {
    refuses([...words, "--json"], `Command "${words[0]}" makes no report`);
  }
});

Deno.test("parseCli() takes a snooze of at most a year, and its options for no other command", () => {
  const { words, forMs, reason } = parseCli(["snooze", "prod", "vm.a", "--for", "3d", "--reason", "restore test"]);
  assertEquals([words, forMs, reason], [["prod", "vm.a"], 3 * 86_400_000, "restore test"]);
  assertEquals(parseCli(["snooze", "end", "prod", "vm.a"]).words, ["end", "prod", "vm.a"]);
  for (const time of ["0m", "59s", "366d", "3 days", "999999999d"]) {
    refuses(["snooze", "prod", "vm.a", "--for", time], `"--for" must be a duration from 1m to 365d`, `got "${time}"`);
  }
  refuses(["--all", "--for", "3d"], `Option "--for" is for the command "snooze"`);
  refuses(["doctor", "--reason", "x"], `Option "--reason" is for the command "snooze"`);
  for (const line of [["snooze"], ["snooze", "prod"], ["snooze", "end", "a", "b", "c"], ["snooze", "a", "b", "c"]]) {
    refuses(line, 'Command "snooze" must be given as: snooze [list | end] [ENV ADDRESS]');
  }
});
