/**
 * A program that delivers one report to Telegram: it says `ready`, reads the report from its input, delivers it, and
 * says how that went. For tests that kill it.
 *
 *     deno run … tests/support/telegram_run.ts STATE_DIR API_ROOT TOKEN CHAT
 *
 * @module
 */

import { createTelegram } from "../../sinks/telegram.ts";
import { parseTelegramOptions } from "../../sinks/telegram/options.ts";

const [stateDir, apiRoot, token, chatId] = Deno.args as [string, string, string, string];
const print = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
const log = { debug() {}, info() {}, warn: (message: string) => void print(`warn ${message}`), error: print };
const sink = createTelegram(parseTelegramOptions({ apiRoot, chatId }), { dryRun: false, stateDir, log }, {
  now: Date.now,
  env: (name) => name === "TELEGRAM_BOT_TOKEN" ? token : undefined,
  uid: () => 0,
});
// Loaded before the report comes, so that what is killed is the delivery and not the start.
await import("grammy");
print("ready");
const text = await new Response(Deno.stdin.readable).text();
try {
  await sink.deliver(JSON.parse(text), AbortSignal.timeout(20_000));
  print("delivered");
} catch (error) {
  print(`failed ${(error as Error).message}`);
}
