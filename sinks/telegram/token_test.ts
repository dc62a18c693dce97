import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "node:path";
import { findToken, redactor } from "./token.ts";

const TOKEN = "123456789:AAFakeTokenForTestsOnly_0123456789-ab";
const UID = Deno.uid()!;

async function inFolder(test: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await test(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function tokenFile(dir: string, text = TOKEN, mode = 0o600): Promise<string> {
  const file = join(dir, "telegram-token");
  await Deno.remove(file).catch(() => {}); // one without a write permission cannot be overwritten
  await Deno.writeTextFile(file, text);
  await Deno.chmod(file, mode);
  return file;
}

const environment = (variables: Record<string, string>) => (name: string) => variables[name];
const nothing = environment({});

Deno.test("findToken() takes the file first, then the credential, then the environment", () =>
  inFolder(async (dir) => {
    const credentials = join(dir, "credentials");
    await Deno.mkdir(credentials);
    const file = await tokenFile(dir, "1:fileA");
    const credential = await tokenFile(credentials, "1:credentialA", 0o400);
    const env = environment({ CREDENTIALS_DIRECTORY: credentials, TELEGRAM_BOT_TOKEN: "1:variableA" });
    assertEquals(await findToken({ tokenFile: file, env, uid: UID }), { token: "1:fileA", from: `file "${file}"` });
    assertEquals(await findToken({ env, uid: UID }), { token: "1:credentialA", from: `file "${credential}"` });
    await Deno.remove(credential);
    assertEquals(await findToken({ env, uid: UID }), { token: "1:variableA", from: "variable TELEGRAM_BOT_TOKEN" });
    await Deno.remove(file);
    await assertRejects(
      () => findToken({ tokenFile: file, env, uid: UID }),
      Error,
      `from file "${file}": there is no such file; write the token there, and run "chmod 600 ${file}"`,
    );
  }));

Deno.test("findToken() reads a token as editors and echo leave it", () =>
  inFolder(async (dir) => {
    for (const text of [TOKEN, `${TOKEN}\n`, `\ufeff${TOKEN}\r\n`, `  ${TOKEN}  \n\n`]) {
      assertEquals((await findToken({ tokenFile: await tokenFile(dir, text), env: nothing, uid: UID })).token, TOKEN);
    }
  }));

Deno.test("findToken() shows nothing of what is no token", () =>
  inFolder(async (dir) => {
    for (
      const text of [
        "",
        "\n",
        "hunter2-secret",
        `TOKEN=${TOKEN}`,
        `${TOKEN}\n${TOKEN}`,
        "123:secret/../x",
        `"${TOKEN}"`,
      ]
    ) {
      const file = await tokenFile(dir, text);
      for (
        const sources of [{ tokenFile: file, env: nothing }, { env: environment({ TELEGRAM_BOT_TOKEN: text || "x" }) }]
      ) {
        const error = await assertRejects(() => findToken({ ...sources, uid: UID }));
        assertMatch(error.message, /(a token must be like|Cannot find)/);
        assert(!/hunter2|secret|AAFake/.test(Deno.inspect(error)), Deno.inspect(error));
      }
    }
  }));

Deno.test("findToken() says all places where a token can be when there is none", async () => {
  const error = await assertRejects(() => findToken({ env: environment({ TELEGRAM_BOT_TOKEN: " " }), uid: UID }));
  assertEquals(
    error.message,
    'Cannot find the bot\'s token: "tokenFile" names no file, systemd gave no credential "telegram-token" (it takes it from "/etc/credstore/pve-drift.telegram-token"), and the variable TELEGRAM_BOT_TOKEN is not set',
  );
});

Deno.test("findToken() uses a file that everybody may read, with a warning, and refuses one that others may change", () =>
  inFolder(async (dir) => {
    const find = async (mode: number) =>
      findToken({ tokenFile: await tokenFile(dir, TOKEN, mode), env: nothing, uid: UID });
    for (const mode of [0o600, 0o400, 0o640, 0o440]) assertEquals((await find(mode)).warning, undefined);
    const { token, warning } = await find(0o644);
    assertEquals(token, TOKEN);
    assertMatch(warning!, /^Everybody may read .*: run "chmod o-r .*", and have @BotFather make a new one$/);
    await assertRejects(() => find(0o646), Error, "everybody may write it");
    await assertRejects(() => find(0o666), Error, "chmod go-w");
  }));

Deno.test("findToken() refuses another user's file, and reads no pipe, folder or large file", () =>
  inFolder(async (dir) => {
    const file = await tokenFile(dir);
    if (UID === 0) {
      await Deno.chown(file, 4711, 4711);
      await assertRejects(() => findToken({ tokenFile: file, env: nothing, uid: 0 }), Error, "belongs to user 4711");
    }
    const pipe = join(dir, "pipe");
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    await assertRejects(
      () => findToken({ tokenFile: pipe, env: nothing, uid: UID }),
      Error,
      "it is not a regular file",
    );
    await assertRejects(() => findToken({ tokenFile: dir, env: nothing, uid: UID }), Error, "it is not a regular file");
    const large = await tokenFile(dir, "1".repeat(5000));
    await assertRejects(() => findToken({ tokenFile: large, env: nothing, uid: UID }), Error, "it has 5000 bytes");
  }));

Deno.test("findToken() tells of a credential that cannot be used instead of passing it over", () =>
  inFolder(async (dir) => {
    await Deno.mkdir(join(dir, "telegram-token"));
    const env = environment({ CREDENTIALS_DIRECTORY: dir, TELEGRAM_BOT_TOKEN: TOKEN });
    await assertRejects(() => findToken({ env, uid: UID }), Error, "it is not a regular file");
  }));

Deno.test("redactor() leaves a text alone without a token, and short words alone with one", () => {
  assertEquals(redactor(undefined)("a"), "a");
  assertEquals(redactor("1:a")("a bad 1:a"), "a bad (bot token)");
});
