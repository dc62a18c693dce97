/** The command `setup` as a person meets it in a terminal, for checks of their own; tests/real/setup_test.ts has the service's. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { FAKE_TOKEN, type FakeTelegram, startFakeTelegram } from "../support/fake_telegram.ts";
import { DRIFT, run, testWith } from "../support/programs.ts";
import { Typist } from "../support/typist.ts";
import { until } from "../support/until.ts";

const CHAT = { id: 4242, type: "private", first_name: "Alice" } as const;

/** A folder with one environment, a home, and a Telegram. */
class Place implements AsyncDisposable {
  private constructor(readonly dir: string, readonly telegram: FakeTelegram) {}

  static async create(): Promise<Place> {
    const place = new Place(
      await Deno.realPath(await Deno.makeTempDir({ prefix: "pve-drift-test-" })),
      startFakeTelegram({ chats: { [CHAT.id]: {} } }),
    );
    await Deno.mkdir(join(place.dir, "code/prod"), { recursive: true });
    await Deno.writeTextFile(join(place.dir, "code/prod/main.tf"), 'resource "terraform_data" "a" {}\n');
    return place;
  }

  get config(): string {
    return join(this.dir, "etc/pve-drift.json");
  }

  get token(): string {
    return join(this.dir, "etc/telegram-token");
  }

  /** Everything but what is asked for: as root, the machine's own files must not be written. */
  args(...more: string[]): string[] {
    return ["setup", "--config", this.config, "--sink", `+telegram?apiRoot=${this.telegram.url}`, ...more];
  }

  get env(): Record<string, string> {
    return {
      ...{ HOME: this.dir, STATE_DIRECTORY: join(this.dir, "state"), TERM: "xterm-256color", NO_COLOR: "1" },
      ...{ PATH: Deno.env.get("PATH")!, DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno` },
    };
  }

  /** Somebody who has started setup in a terminal of 80 columns; the exit code is shown at its end. */
  sitDown(...more: string[]): Typist {
    const words = [
      "env",
      "-i",
      ...Object.entries(this.env).map(([name, value]) => `${name}=${value}`),
      Deno.execPath(),
    ];
    const line = [...words, ...DRIFT, ...this.args(...more)].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(
      " ",
    );
    // Ctrl-C reaches the shell, too; without the trap, dash ends with it and shows no exit code.
    const shell = `trap : INT; stty rows 50 cols 80; cd '${this.dir}/code'; ${line}; echo "exit=$?"`;
    return new Typist("script", ["--quiet", "--command", shell, "/dev/null"]);
  }

  /** Without a terminal. */
  async drift(args: string[], stdin?: string) {
    return await run(Deno.execPath(), [...DRIFT, ...args], {
      cwd: join(this.dir, "code"),
      env: { ...this.env },
      ...stdin === undefined ? {} : { stdin },
    });
  }

  /** Names of the files in the folder of the configuration, sorted. */
  async files(): Promise<string[]> {
    const folder = join(this.dir, "etc");
    return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name).catch(() => [])).sort();
  }

  async [Symbol.asyncDispose]() {
    await this.telegram.close();
    await Deno.remove(this.dir, { recursive: true });
  }
}

/** Reads the code from the screen, and sends it. */
async function sendCode(person: Typist, telegram: FakeTelegram): Promise<void> {
  const [, code] = /=(\w+)/.exec(await person.sees(/start=[A-Z0-9]+\s/))!;
  await until(() => telegram.isAsked);
  telegram.say({ chat: CHAT, text: `/start ${code}`, from: { id: CHAT.id, first_name: "Alice" } });
}

/** Leaves the second witness to tests of its own. */
async function withoutWitness(person: Typist): Promise<void> {
  await person.sees(/Ask Proxmox too\?/);
  await person.types("n", "wants no second witness");
}

/** What is on the screen, wrapped no more. */
const flowing = (person: Typist) => person.screen.replaceAll(/\s+/g, " ");

testWith(
  ["script", "stty", "terraform"],
  "setup leads to checks of one's own, and keeps all of it a second time",
  async (test) => {
    await using place = await Place.create();
    await test.step("a person answers, and the chat gets a test message", async () => {
      await using person = place.sitDown();
      await person.sees(/Write ".*etc\/pve-drift\.json"\? \(Y\/n\)/);
      await person.types("", "agrees to the configuration");
      await withoutWitness(person);
      await person.sees(/Token of the bot/);
      await person.types("a wrong one", "mistypes");
      await person.sees(/A token must be like/);
      await person.presses("\x15"); // Ctrl-U
      await person.types(FAKE_TOKEN, "gives the token");
      await sendCode(person, place.telegram);
      await person.sees(/Use this chat, and send a test message there\?/);
      await person.types("y", "confirms the chat");
      await person.sees(/exit=0/);
      const text = flowing(person);
      for (
        const part of [
          `Found in "${place.dir}/code": prod.`,
          "prod has no .terraform.lock.hcl",
          "The token is that of @drift_test_bot.",
          "Heard in: private chat with Alice. Sent by: Alice.",
          `Wrote "${place.token}".`,
          "Sent a test message.",
          'Sink "telegram": @drift_test_bot',
        ]
      ) assertStringIncludes(text, part);
      assert(!text.includes(FAKE_TOKEN.split(":")[1]!), "the token was on the screen");
      // A question is drawn over itself with each key.
      const lines = person.screen.split("\n").filter((line) => !/\((?:hidden|Y\/n)\)/.test(line));
      for (const line of lines) assert(line.length <= 80 || line.includes(place.dir), line);
      assertEquals(place.telegram.accepted.map(({ chat }) => chat), [CHAT.id]);
      assertEquals((await Deno.stat(place.token)).mode! & 0o777, 0o600);
      const found = await run("grep", ["-rlF", FAKE_TOKEN, place.dir]);
      assertEquals(found.stdout, `${place.token}\n`, "the token stands elsewhere, too");
    });

    await test.step("the second time nobody is asked, and nothing is written", async () => {
      const before = await run("find", [join(place.dir, "etc"), "-printf", "%p %T@\n"]);
      const { code, stdout, stderr } = await place.drift(["setup", "--yes", "--config", place.config]);
      assertEquals(code, 0, stdout + stderr);
      for (const part of ["which finds them already", `Kept: chat ${CHAT.id}`]) assertStringIncludes(stdout, part);
      assertEquals(await run("find", [join(place.dir, "etc"), "-printf", "%p %T@\n"]), before);
    });
  },
);

testWith(["script", "stty"], "setup ends with Ctrl-C wherever it is, and leaves no half of anything", async (test) => {
  await using place = await Place.create();
  await test.step("at a question", async () => {
    await using person = place.sitDown();
    await person.sees(/Write ".*"\? \(Y\/n\)/);
    await person.presses("\x03");
    await person.sees(/\nStopped\n +What was written is whole, and stays\. Run setup again to go on\.\n+exit=130/);
    assertEquals(await place.files(), []);
  });
  await test.step("at a secret", async () => {
    await using person = place.sitDown();
    await person.sees(/Write ".*"\? \(Y\/n\)/);
    await person.types("", "agrees");
    await withoutWitness(person);
    await person.sees(/Token of the bot/);
    await person.presses(FAKE_TOKEN);
    await person.presses("\x03");
    await person.sees(/exit=130/);
    assert(!person.screen.includes(FAKE_TOKEN));
    assertEquals(await place.files(), ["pve-drift.json"]);
  });
  await test.step("while Telegram is asked", async () => {
    await using person = place.sitDown();
    await withoutWitness(person);
    await person.sees(/Token of the bot/);
    await person.types(FAKE_TOKEN, "gives the token");
    await person.sees(/start=[A-Z0-9]+/);
    await until(() => place.telegram.isAsked);
    await person.presses("\x03");
    await person.sees(/\nStopped\n +What was written is whole, and stays\. Run setup again to go on\.\n+exit=130/);
    assertEquals(await place.files(), ["pve-drift.json"]);
  });
});

testWith([], "setup without a terminal asks nothing, writes nothing, and says what it needs", async () => {
  await using place = await Place.create();
  const mute = await place.drift(place.args());
  assertEquals([mute.code, mute.stdout, await place.files()], [64, "", []]);
  assertStringIncludes(mute.stderr, 'give "--yes" and what it needs as options');
  const short = await place.drift(place.args("--yes"));
  assertEquals([short.code, short.stdout, await place.files()], [64, "", []]);
  for (const part of ["--telegram-token-file FILE", "chatId=NUMBER", "(or --skip telegram)"]) {
    assertStringIncludes(short.stderr, part);
  }
  const both = await place.drift(place.args("--yes", "--login-file", "-", "--telegram-token-file", "-"), "x");
  assertEquals(both.code, 64);
  assertStringIncludes(both.stderr, "Only one of");
  const secret = await place.drift(["setup", "--yes", "--sink", `+telegram?token=${FAKE_TOKEN}`]);
  assertEquals([secret.code, await place.files()], [64, []]);
  assertStringIncludes(secret.stderr, '"token" is a secret, which must not stand here');
  assert(!secret.stderr.includes(FAKE_TOKEN));
  const other = await place.drift(["setup", "--yes", "--sink", "prom"]);
  assertStringIncludes(other.stderr, 'Option "--sink" of "setup" must be "+telegram?key=value", got "prom"');
});

testWith(["terraform"], "setup --yes takes the token from standard input, and refuses a link in its way", async () => {
  await using place = await Place.create();
  const args = place.args("--yes", "--telegram-token-file", "-");
  args[args.indexOf("--sink") + 1] += `&chatId=${CHAT.id}`;
  await Deno.mkdir(join(place.dir, "etc"));
  const target = join(place.dir, "target");
  await Deno.writeTextFile(target, "whole");
  assertEquals((await run("ln", ["-s", target, place.token])).code, 0);
  const refused = await place.drift(args, `${FAKE_TOKEN}\n`);
  assertEquals(refused.code, 1, refused.stdout);
  assertStringIncludes(refused.stderr, `Cannot write "${place.token}": it is a link to "${target}"`);
  assertEquals(await Deno.readTextFile(target), "whole");
  await Deno.remove(place.token);
  const { code, stdout, stderr } = await place.drift(args, `${FAKE_TOKEN}\n`);
  assertEquals(code, 0, stdout + stderr);
  assertEquals(await Deno.readTextFile(place.token), `${FAKE_TOKEN}\n`);
  assert(!(stdout + stderr).includes(FAKE_TOKEN));
  assertEquals(place.telegram.accepted.length, 1);
});
