import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { delay } from "@std/async/delay";
import { join } from "node:path";
import { type Answer, FAKE_TOKEN, type FakeTelegram, startFakeTelegram } from "../tests/support/fake_telegram.ts";
import {
  attribute,
  change,
  driftReport,
  environment,
  errorReport,
  okReport,
  report,
} from "../tests/support/sample_reports.ts";
import type { EnvironmentReport } from "../drift/report.ts";
import type { SinkContext } from "./sink.ts";
import telegram, { createTelegram, probeTelegram, type TelegramEdges } from "./telegram.ts";
import { parseTelegramOptions } from "./telegram/options.ts";

const DAY = 86_400_000;
const SECRET = FAKE_TOKEN.split(":")[1]!;

interface Place {
  fake: FakeTelegram;
  stateDir: string;
  /** Everything said to the operator, as `level message`. */
  said: string[];
  edges: TelegramEdges;
  variables: Record<string, string>;
  /** The clock, in milliseconds since 1970; reports are made at its time. */
  clock: { now: number };
  /** Delivers a report of one environment, as one run does. */
  run(rest?: Partial<EnvironmentReport>, options?: Record<string, unknown>, signal?: AbortSignal): Promise<void>;
  /** The same where it must fail; the message. */
  failure(rest?: Partial<EnvironmentReport>, options?: Record<string, unknown>, signal?: AbortSignal): Promise<string>;
  texts(chat?: number): string[];
  shell(command: string): Promise<boolean>;
}

async function shell(command: string): Promise<boolean> {
  return (await new Deno.Command("sh", { args: ["-c", command] }).output()).success;
}

/** Runs a test with a Telegram of its own; afterwards the token must be nowhere but in the calls. */
async function withTelegram(chats: FakeTelegram["chats"], test: (place: Place) => Promise<void>): Promise<void> {
  await using fake = startFakeTelegram({ chats });
  const stateDir = await Deno.makeTempDir();
  const said: string[] = [];
  const say = (level: string) => (message: string) => void said.push(`${level} ${message}`);
  const clock = { now: Date.parse("2026-11-24T05:00:00Z") };
  const variables: Record<string, string> = { TELEGRAM_BOT_TOKEN: FAKE_TOKEN };
  const edges: TelegramEdges = {
    now: () => clock.now,
    env: (name) => variables[name],
    uid: () => Deno.uid()!,
    wait: (_, signal) => signal.aborted ? Promise.reject(signal.reason) : Promise.resolve(),
    requestTimeoutMs: 5_000,
  };
  let runs = 0;
  const place: Place = {
    fake,
    stateDir,
    said,
    edges,
    variables,
    clock,
    async run(rest = {}, options = {}, signal = AbortSignal.timeout(20_000)) {
      const log = { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
      const context: SinkContext = { dryRun: false, stateDir, log };
      const given = parseTelegramOptions({ apiRoot: fake.url, chatId: Object.keys(chats).join(","), ...options });
      const finishedAt = new Date(clock.now).toISOString();
      const shown = report([environment("prod", rest)], { runId: `run-${++runs}`, finishedAt });
      await createTelegram(given, context, edges).deliver(shown, signal);
    },
    async failure(...args) {
      const error = await assertRejects(() => place.run(...args), Error) as Error;
      assert(!Deno.inspect(error, { depth: 20 }).includes(SECRET), Deno.inspect(error));
      assert(!error.message.includes("\n"), error.message);
      return error.message;
    },
    texts: (chat) => fake.accepted.filter((one) => chat === undefined || one.chat === chat).map(({ text }) => text),
    shell,
  };
  try {
    await test(place);
    assert(!said.join("\n").includes(SECRET), said.join("\n"));
    assert(!await shell(`grep -rq '${SECRET}' ${stateDir}`), "the token stands in the state folder");
  } finally {
    await Deno.remove(stateDir, { recursive: true });
  }
}

const ONE = { "-1001": {} };
const drift = (memory = 4096, isNew = true): Partial<EnvironmentReport> => ({
  previousStatus: isNew ? "ok" : "drift",
  changes: [
    change({
      isNew,
      attributes: [attribute("memory", 1, memory, { isNew })],
    }),
  ],
});
const broken: Partial<EnvironmentReport> = {
  error: { class: "auth", summary: "401", detail: "", cure: "Give a token that is valid" },
};
const down = (count = 5): Answer[] =>
  Array.from({ length: count }, () => ({ kind: "error", code: 502, description: "Bad Gateway" }));
const waiting = async (folder: string) =>
  (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).filter((name) => /^\d+\.json$/.test(name)).length;

Deno.test("telegram deliver() tells each thing once, from the first drift to the end of an error", () =>
  withTelegram(ONE, async ({ run, texts, clock, fake }) => {
    const told = async (rest: Partial<EnvironmentReport>) => {
      const before = texts().length;
      await run(rest);
      clock.now += DAY;
      return texts().slice(before).map((text) => text.split("\n")[3]!);
    };
    assertEquals(await told({}), []);
    assertEquals(await told(drift()), ["🟠 prod: drift: 1 new"]);
    assertEquals(await told(drift(4096, false)), []);
    assertEquals(await told(drift(8192)), ["🟠 prod: drift: 1 changed"]);
    assertEquals(await told(broken), ["🔴 prod: the check failed: auth"]);
    assertEquals(await told(broken), []);
    assertEquals(await told(drift(8192, false)), [
      '🟠 prod: the check works again (it had failed: auth); drift: 1 as before (VM 101 "web" on pve1)',
    ]);
    for (let day = 1; day < 7; day++) assertEquals(await told(drift(8192, false)), [], `day ${day}`);
    assertMatch((await told(drift(8192, false)))[0]!, /^⏰ prod: still drift/);
    assertEquals(await told({}), ["🟢 prod: nothing differs any more"]);
    assertEquals(await told({}), []);
    assertEquals(fake.accepted.every(({ silent }) => !silent), true);
  }));

Deno.test("telegram deliver() makes no sound for what an upgrade explains, with the next run either", () =>
  withTelegram(ONE, async ({ run, failure, fake }) => {
    const sinceUpgrade = { provider: "bpg/proxmox", from: "0.105.0", to: "0.106.0", explains: true as const };
    const explained = {
      changes: [change({ sinceUpgrade, attributes: [attribute("kl", "x", null, { sinceUpgrade })] })],
    };
    fake.script([{ kind: "error", code: 403, description: "Forbidden: bot was kicked from the supergroup chat" }]);
    await failure(explained);
    await run({ changes: [...explained.changes, change({ address: "x" })] });
    assertEquals(fake.accepted.map(({ silent }) => silent), [true, false]);
  }));

Deno.test("telegram deliver() asks nothing of Telegram where there is nothing to say", () =>
  withTelegram(ONE, async ({ run, fake }) => {
    await run();
    assertEquals(fake.calls, []);
  }));

Deno.test("telegram deliver() does not send the same report again when it is delivered again", () =>
  withTelegram(ONE, async ({ stateDir, edges, fake }) => {
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const options = parseTelegramOptions({ apiRoot: fake.url, chatId: "-1001" });
    const sink = createTelegram(options, { dryRun: false, stateDir, log }, edges);
    fake.script(down());
    await assertRejects(async () => await sink.deliver(driftReport(), AbortSignal.timeout(9_000)));
    await sink.deliver(driftReport(), AbortSignal.timeout(9_000));
    await sink.deliver(driftReport(), AbortSignal.timeout(9_000));
    assertEquals(fake.accepted.length, 1);
  }));

Deno.test("telegram deliver() keeps nothing of a test, and does not say that it does", () =>
  withTelegram(ONE, async ({ stateDir, edges, fake }) => {
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const options = parseTelegramOptions({ apiRoot: fake.url, chatId: "-1001" });
    const sink = createTelegram(options, { dryRun: false, stateDir, log }, edges);
    fake.script(down());
    const { message } = await assertRejects(
      async () => await sink.deliver({ ...driftReport(), test: true }, AbortSignal.timeout(9_000)),
      Error,
    );
    assertMatch(message, /Telegram answered 502 \(Bad Gateway\), after 5 attempts$/);
  }));

Deno.test("telegram deliver() keeps what could not be delivered, sends it first and once, and says that it is late", () =>
  withTelegram(ONE, async ({ run, failure, texts, clock, fake, stateDir, said }) => {
    fake.script(down());
    assertMatch(
      await failure(drift()),
      /^Cannot deliver to chat -1001: Telegram answered 502 \(Bad Gateway\), after 5 attempts; 1 notice is kept for the next run$/,
    );
    assertEquals(said.filter((one) => one.includes("502")).map((one) => one.replace(/.*; /, "")), [
      "trying again in 1s",
      "trying again in 2s",
      "trying again in 4s",
      "trying again in 8s",
    ]);
    clock.now += DAY;
    fake.script(down());
    assertMatch(await failure(broken), /2 notices are kept for the next run$/);
    assertEquals(await waiting(join(stateDir, "chat_-1001")), 2);
    clock.now += DAY;
    await run();
    const [first, second, third, ...more] = texts();
    assertMatch(first!, /^⏳ Delayed: this is from 2026-11-24 05:00 UTC\n🟠 .*\n.*\n\n🟠 prod: drift: 1 new/);
    assertMatch(second!, /^⏳ Delayed: this is from 2026-11-25 05:00 UTC\n🔴 /);
    assertMatch(
      third!,
      /^🟢 .*\n.*\n\n🟢 prod: the check works again \(it had failed: auth\); nothing differs\n✅ resolved: VM 101/,
    );
    assertEquals([more, await waiting(join(stateDir, "chat_-1001"))], [[], 0]);
    await run();
    assertEquals(texts().length, 3);
  }));

Deno.test("telegram deliver() sends what waits also where a run has nothing new to say", () =>
  withTelegram(ONE, async ({ run, failure, texts, fake }) => {
    fake.script(down());
    await failure(drift());
    await run(drift(4096, false));
    assertEquals(texts().length, 1);
    assert(!texts()[0]!.includes("Delayed"), "it is a few minutes old");
  }));

Deno.test("telegram deliver() may repeat a notice only where Telegram's answer was lost", () =>
  withTelegram(ONE, async ({ run, texts, fake }) => {
    fake.script([{ kind: "drop", taken: true }]);
    await run(drift());
    assertEquals(texts().length, 2);
    await run(drift(4096, false));
    assertEquals(texts().length, 2);
  }));

Deno.test("telegram deliver() gives each chat an outcome of its own", () =>
  withTelegram(
    { "-1001": {}, "-1002": { forbidden: "bot was kicked from the group chat" }, "-1003": { threads: [7] } },
    async (place) => {
      const { failure, run, texts, fake } = place;
      const chatId = "-1001,-1002,-1003/7";
      const message = await failure(drift(), { chatId });
      assertMatch(
        message,
        /^Cannot deliver to 1 of 3 chats, chat -1002: Telegram answered 403 \(Forbidden: bot was kicked/,
      );
      assertMatch(message, /add the bot to the chat again.*; 1 notice is kept for the next run$/);
      assertEquals([texts(-1001).length, texts(-1002).length, texts(-1003).length], [1, 0, 1]);
      assertEquals(fake.accepted.find(({ chat }) => chat === -1003)!.thread, 7);
      delete fake.chats["-1002"]!.forbidden;
      await run(drift(4096, false), { chatId });
      assertEquals([texts(-1001).length, texts(-1002).length, texts(-1003).length], [1, 1, 1]);
    },
  ));

Deno.test("telegram deliver() lets a chat that hangs hold up no other", () =>
  withTelegram({ "-1001": {}, "-1002": {} }, async ({ failure, texts, fake }) => {
    fake.script([{ kind: "hang" }], -1001);
    const message = await failure(drift(), {}, AbortSignal.timeout(2_000));
    assertMatch(
      message,
      /^Cannot deliver to 1 of 2 chats, chat -1001: the deadline passed before Telegram answered; 1 notice is kept/,
    );
    assertEquals(texts(-1002).length, 1);
  }));

Deno.test("telegram deliver() tells a chat that is added later what is open, and the others nothing again", () =>
  withTelegram({ "-1001": {}, "-1002": {} }, async ({ run, texts }) => {
    await run(drift(), { chatId: "-1001" });
    await run(drift(4096, false));
    assertEquals([texts(-1001).length, texts(-1002).length], [1, 1]);
    assertStringIncludes(texts(-1002)[0]!, "🟠 prod: drift: 1 known to earlier checks");
  }));

Deno.test("telegram deliver() sends in silence where that is asked for", () =>
  withTelegram({ "-1001": { threads: [7] } }, async ({ run, fake }) => {
    await run(drift(), { silent: "true", threadId: "7" });
    assertEquals([fake.accepted[0]!.silent, fake.accepted[0]!.thread], [true, 7]);
  }));

Deno.test("telegram deliver() follows an upgraded group, remembers it, and says what to change", () =>
  withTelegram({ "-5": { migratedTo: -1005 }, "-1005": {} }, async ({ run, texts, fake, said, stateDir }) => {
    await run(drift(), { chatId: -5 });
    await run(broken, { chatId: -5 });
    const warning = "warn Chat -5 has become the supergroup -1005: set chatId to -1005";
    assertEquals(said, [warning, warning]);
    assertEquals(fake.calls.map(({ parameters }) => parameters.chat_id), [-5, -1005, -1005]);
    // The operator does so: nothing is told again, and the folder goes along.
    await run(broken, { chatId: -1005 });
    await run({}, { chatId: -1005 });
    assertEquals([texts(-1005).length, said.length], [3, 2]);
    assertEquals((await Array.fromAsync(Deno.readDir(stateDir), ({ name }) => name)).sort(), ["chat_-1005"]);
  }));

Deno.test("telegram deliver() takes no folder from a chat that is still configured, nor on a damaged record", () =>
  withTelegram({ "-5": { migratedTo: -1005 }, "-1005": {} }, async ({ run, texts, stateDir }) => {
    await run(drift(), { chatId: -5 });
    await run(drift(4096, false), { chatId: "-5,-1005" });
    assertEquals(texts(-1005).length, 2);
    await Deno.remove(join(stateDir, "chat_-1005"), { recursive: true });
    await Deno.writeTextFile(join(stateDir, "chat_-5", "migration.json"), '{"version":1,"to":"x"}');
    await run(drift(4096, false), { chatId: -1005 });
    assertEquals(texts(-1005).length, 3);
  }));

Deno.test("telegram deliver() keeps news where there is no token, and fails though there is nothing to say", () =>
  withTelegram(ONE, async ({ run, failure, texts, variables }) => {
    delete variables.TELEGRAM_BOT_TOKEN;
    const reason = 'Cannot find the bot\'s token: "tokenFile" names no file';
    assertMatch(await failure(), new RegExp(`^${reason}`));
    assertMatch(
      await failure(drift()),
      new RegExp(`^Cannot deliver to chat -1001: ${reason}.*; 1 notice is kept for the next run$`),
    );
    variables.TELEGRAM_BOT_TOKEN = "1:wrong";
    assertMatch(await failure(drift(4096, false)), /401 \(Unauthorized\).*@BotFather; 1 notice is kept/);
    variables.TELEGRAM_BOT_TOKEN = FAKE_TOKEN;
    await run(drift(4096, false));
    assertEquals(texts().length, 1);
  }));

Deno.test("telegram deliver() reads the token from a file beside the configuration, and warns of one that all may read", () =>
  withTelegram(ONE, async ({ run, texts, variables, said }) => {
    delete variables.TELEGRAM_BOT_TOKEN;
    const base = await Deno.makeTempDir();
    await Deno.writeTextFile(join(base, "token"), `${FAKE_TOKEN}\n`, { mode: 0o644 });
    await run(drift(), { tokenFile: "token", base });
    assertEquals(texts().length, 1);
    assertMatch(said.join("\n"), /^warn Everybody may read the bot's token in/);
    await Deno.remove(base, { recursive: true });
  }));

Deno.test("telegram deliver() takes the token out of what it sends and says, wherever it comes from", () =>
  withTelegram(ONE, async ({ run, failure, texts, fake }) => {
    const leak = { changes: [change({ label: `VM "${FAKE_TOKEN}"`, note: SECRET })] };
    fake.script(down());
    await failure(leak);
    await run(leak);
    assertStringIncludes(texts()[0]!, 'VM "(bot token)"');
    fake.script([{ kind: "error", code: 400, description: `Bad Request: ${FAKE_TOKEN}` }]);
    assertStringIncludes(await failure(broken), "Bad Request: (bot token)");
  }));

Deno.test("telegram deliver() sends without formatting what Telegram refuses formatted", () =>
  withTelegram(ONE, async ({ run, texts, fake, said }) => {
    fake.script([{ kind: "error", code: 400, description: "Bad Request: can't parse entities: new rule" }]);
    await run(drift());
    assertEquals([texts().length, fake.calls[1]!.parameters.parse_mode], [1, undefined]);
    assertMatch(texts()[0]!, /^🟠 pve-drift on pve1: 1 new difference/);
    assertMatch(
      said[0]!,
      /^warn Telegram refuses a notice as it is formatted, so it goes without formatting: .*new rule/,
    );
  }));

Deno.test("telegram deliver() lets a notice that Telegram will never take stop no other, and fails for it", () =>
  withTelegram(ONE, async ({ failure, run, texts, fake, said }) => {
    fake.script(
      Array.from({ length: 2 }, () => ({ kind: "error", code: 400, description: "Bad Request: message is too long" })),
    );
    assertMatch(
      await failure(drift()),
      /Telegram refuses a notice, which is dropped: Telegram answered 400 .*too long/,
    );
    assertMatch(said.join("\n"), /^error Telegram refuses this notice, which is dropped:\n🟠 /m);
    await run(broken);
    assertEquals(texts().length, 1);
  }));

Deno.test("telegram deliver() says that the outbox was damaged, to the operator and to the chat", () =>
  withTelegram(ONE, async ({ run, failure, texts, fake, said, stateDir }) => {
    fake.script(down());
    await failure(drift());
    await Deno.writeTextFile(join(stateDir, "chat_-1001", "0000000001.json"), "{");
    await run(drift(4096, false));
    assertMatch(
      said.join("\n"),
      /^warn A notice in the outbox was damaged and is set aside as ".*0000000001\.json\.damaged-\d+"/m,
    );
    assertMatch(texts()[0]!, /^⚠️ 1 older notice dropped: .*\n🟠 .*\n.*\n\n🟠 prod: drift: 1 known to earlier checks/);
  }));

Deno.test("telegram deliver() folds into one line what was too much to keep", () =>
  withTelegram(ONE, async ({ run, failure, texts, fake }) => {
    for (let value = 1; value <= 53; value++) {
      fake.script([{ kind: "error", code: 403, description: "Forbidden: bot was blocked by the user" }]);
      await failure(drift(value));
    }
    await run(drift(53, false));
    assertEquals(texts().length, 50);
    assertMatch(texts()[0]!, /^⚠️ 3 older notices dropped: too many were waiting/);
    assertMatch(texts()[0]!, /expected 1 → actual 4$/m);
    assert(!texts()[1]!.includes("dropped"));
    assertMatch(texts()[49]!, /expected 1 → actual 53$/m);
  }));

Deno.test("telegram deliver() waits for another run that delivers to the same chat, and gives up at its deadline", () =>
  withTelegram(ONE, async ({ run, failure, texts, fake }) => {
    fake.script([{ kind: "slow", ms: 1_500 }]);
    const first = run(drift());
    while (fake.calls.length === 0) await delay(10);
    assertMatch(
      await failure(drift(), {}, AbortSignal.timeout(200)),
      /the deadline passed while another run was delivering to this chat/,
    );
    const second = run(drift(4096, false));
    await Promise.all([first, second]);
    assertEquals(texts().length, 1);
  }));

Deno.test("telegram deliver() on a full disk sends all the same, fails, and loses and repeats nothing once there is room", () =>
  withTelegram(ONE, async ({ run, failure, texts, fake, stateDir, shell }) => {
    if (!await shell(`mount -t tmpfs -o size=128k none ${stateDir}`)) return;
    try {
      fake.script(down());
      await failure(drift());
      await shell(`cat /dev/zero > ${stateDir}/filler`);
      // The news cannot be kept: it is sent after what waits, whose place it can be recorded in or not.
      const message = await failure(broken);
      assertMatch(
        message,
        /^Cannot deliver to chat -1001: Cannot write .*No space left.*; the news was sent all the same and may be repeated$/,
      );
      assertEquals(texts().map((text) => text.split("\n")[3]), [
        "🟠 prod: drift: 1 new",
        "🔴 prod: the check failed: auth",
      ]);
      // Neither kept nor sent.
      fake.script(down());
      assertMatch(
        await failure({ ...broken, error: { ...broken.error!, class: "tls" } }),
        /502.*; the next run tells the news, as far as it still holds$/,
      );
      await Deno.remove(join(stateDir, "filler"));
      await run({ ...broken, error: { ...broken.error!, class: "tls" } });
      await run({ ...broken, error: { ...broken.error!, class: "tls" } });
      assertEquals(texts().length, 3);
      assertMatch(texts()[2]!, /the check failed: tls/);
    } finally {
      await shell(`umount ${stateDir}`);
    }
  }));

Deno.test("telegram deliver() sends all the same where its folder cannot be used, and fails", () =>
  withTelegram(ONE, async ({ failure, texts, stateDir }) => {
    await Deno.writeTextFile(join(stateDir, "chat_-1001"), "a file");
    assertMatch(
      await failure(drift()),
      /Cannot use the outbox ".*chat_-1001": .*; the news was sent all the same and may be repeated$/,
    );
    assertEquals(texts().length, 1);
    assertMatch(await failure({}), /Cannot use the outbox/);
    assertEquals(texts().length, 1);
  }));

Deno.test("telegram in a dry run says what it would send, needs no token and no chat, and writes nothing", () =>
  withTelegram(ONE, async ({ stateDir, said, edges, fake }) => {
    const say = (message: string) => void said.push(message);
    const context = {
      dryRun: true,
      stateDir: join(stateDir, "not", "there"),
      log: { debug: say, info: say, warn: say, error: say },
    };
    const bare = { ...edges, env: () => undefined };
    for (const options of [{ chatId: "-1001,-1002/7" }, {}]) {
      const sink = createTelegram(parseTelegramOptions(options), context, bare);
      await sink.deliver(errorReport(), AbortSignal.timeout(1_000));
      await sink.deliver(okReport(), AbortSignal.timeout(1_000));
    }
    assertEquals(said.length, 4);
    assertMatch(said[0]!, /^Would send to chat -1001, -1002\/7:\n🔴 pve-drift on pve1: 2 checks failed/);
    assertEquals(said[1], "Would send nothing to chat -1001, -1002/7: there is nothing new");
    assertMatch(said[2]!, /^Would send to a chat \(chatId is not set\):\n🔴 /);
    assertEquals([fake.calls.length, await Array.fromAsync(Deno.readDir(stateDir))], [0, []]);
  }));

Deno.test("telegram create() names what is missing, and the module is a sink", () => {
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const context = { dryRun: false, stateDir: "/nowhere", log };
  const edges = { now: Date.now, env: () => undefined, uid: () => 0 };
  assertThrows(() => createTelegram({}, context, edges), TypeError, '"chatId" must be');
  assertEquals([telegram.apiVersion, telegram.name, telegram.dryRun], [1, "telegram", true]);
  assert(telegram.create(telegram.options!.parse({ chatId: 1 }), context));
});

Deno.test("probeTelegram() says who the bot is, whom it knows, and what is wrong", () =>
  withTelegram(ONE, async ({ edges, fake, variables }) => {
    const probe = (options: Record<string, unknown> = {}) =>
      probeTelegram(
        parseTelegramOptions({ apiRoot: fake.url, chatId: "-1001", ...options }),
        edges,
        AbortSignal.timeout(9_000),
      );
    const { summary, warning, theirTime } = await probe();
    assertEquals(summary, "@drift_test_bot, with the token of variable TELEGRAM_BOT_TOKEN, knows chat -1001");
    assertEquals(warning, undefined);
    assert(Math.abs(theirTime! - Date.now()) < 10_000);
    await assertRejects(() => probe({ chatId: "-9" }), Error, "chat not found");
    variables.TELEGRAM_BOT_TOKEN = "1:wrong";
    await assertRejects(() => probe(), Error, "401");
    assertEquals(fake.accepted, []);
  }));
