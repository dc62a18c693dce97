/**
 * `deno task phone:picture [FILE.png]`: the Telegram message about a recorded plan, as a phone shows it. The program
 * reports on it, its sink sends that to an imitation of Telegram, and headless Chromium takes the picture. Needs what
 * `tests/lab/install prometheus` installs: chromium and fonts.
 *
 * @module
 */

import { join, resolve } from "node:path";
import type { DriftReport } from "../../../drift/report.ts";
import { witnessed } from "../../../drift/run/recorded_witness.ts";
import { createTelegram } from "../../../sinks/telegram.ts";
import { parseTelegramOptions } from "../../../sinks/telegram/options.ts";
import { FAKE_TOKEN, startFakeTelegram } from "../../support/fake_telegram.ts";
import { ROOT, run } from "../../support/programs.ts";
import { takePicture } from "../picture.ts";

const RECORDED = "tests/fixtures/bpg/ram_added.json";
/** A phone, without the empty part of its screen. */
export const SIZE = { width: 400, height: 452, scale: 2 };

/** When the picture's check began, so that the picture is the same whenever it is taken. */
const STARTED = "2026-11-24T05:00:00.000Z";

/**
 * The HTML that the program sends to Telegram about a recorded plan of an environment called `prod`, with what a second
 * witness would say of it, as in the sample of `sinks test`.
 */
export async function telegramMessage(recorded = RECORDED): Promise<string> {
  await using fake = startFakeTelegram();
  const stateDir = await Deno.makeTempDir({ prefix: "phone-" });
  try {
    const edges = { now: () => Date.parse(STARTED), env: () => FAKE_TOKEN, uid: () => Deno.uid()! };
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const sink = createTelegram(parseTelegramOptions({ chatId: -1001, apiRoot: fake.url }), {
      dryRun: false,
      stateDir,
      log,
    }, edges);
    await sink.deliver(await witnessedReplay(recorded), new AbortController().signal);
    const html = fake.calls.find(({ method }) => method === "sendMessage")?.parameters["text"];
    if (typeof html !== "string") throw new Error("Cannot get the message: none was sent");
    return html;
  } finally {
    await Deno.remove(stateDir, { recursive: true });
  }
}

/** The program's report of a recorded plan, as of a check that a second plan has confirmed and a second witness was heard about. */
async function witnessedReplay(recorded: string): Promise<DriftReport> {
  const program = ["run", "-q", "-P=drift", "--no-prompt", "drift/check-drift.ts"];
  const { stdout, stderr } = await run(
    Deno.execPath(),
    [...program, "replay", recorded, "--env", "prod", "--json"],
    { cwd: ROOT },
  );
  if (stdout === "") throw new Error(`Cannot get the report: ${stderr}`);
  const report: DriftReport = JSON.parse(stdout);
  const environments = report.environments.map((one) => ({
    ...one,
    startedAt: STARTED,
    changes: one.changes.map((change) => ({ ...change, confirmed: true })),
  }));
  const { proxmox, ...rest } = witnessed({ ...report, host: "monitoring", startedAt: STARTED, environments });
  // Who did it and a stranger are enough for a picture.
  return { ...rest, proxmox: proxmox!.map((one) => ({ ...one, waiting: [], beyond: [] })) };
}

/** The page that shows a message, given as Telegram's HTML, in a chat. */
export async function phonePage(message: string): Promise<string> {
  const page = await Deno.readTextFile(new URL("page.html", import.meta.url));
  return page.replace("MESSAGE", () => message.trim());
}

if (import.meta.main) {
  const png = resolve(Deno.args[0] ?? join(ROOT, "docs/telegram.png"));
  const html = await Deno.makeTempFile({ prefix: "phone-", suffix: ".html" });
  try {
    await Deno.writeTextFile(html, await phonePage(await telegramMessage()));
    await takePicture(html, png, SIZE);
  } finally {
    await Deno.remove(html);
  }
}
