/**
 * `deno task phone:picture [FILE.png]`: the Telegram message about a recorded plan, as a phone shows it. The real
 * program sends it to an imitation of Telegram, and headless Chromium takes the picture. Needs what `tests/lab/install
 * prometheus` installs: chromium and fonts.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { FAKE_TOKEN, startFakeTelegram } from "../../support/fake_telegram.ts";
import { ROOT, run } from "../../support/programs.ts";
import { takePicture } from "../picture.ts";

const RECORDED = "tests/fixtures/bpg/ram_added.json";
/** A phone, without the empty part of its screen. */
export const SIZE = { width: 400, height: 330, scale: 2 };

/** The HTML that the program sends to Telegram about a recorded plan of an environment called `prod`. */
export async function telegramMessage(recorded = RECORDED): Promise<string> {
  await using fake = startFakeTelegram();
  const stateDir = await Deno.makeTempDir({ prefix: "phone-" });
  try {
    const program = ["run", "-q", "-P=drift", "--no-prompt", "drift/check-drift.ts"];
    const sink = `telegram?chatId=-1001&apiRoot=${fake.url}`;
    const { code, stderr } = await run(
      Deno.execPath(),
      [...program, "replay", recorded, "--env", "prod", "--sink", sink],
      { cwd: ROOT, env: { TELEGRAM_BOT_TOKEN: FAKE_TOKEN, STATE_DIRECTORY: stateDir } },
    );
    const html = fake.calls.find(({ method }) => method === "sendMessage")?.parameters["text"];
    if (typeof html !== "string") throw new Error(`Cannot get the message: exit code ${code}\n${stderr}`);
    // The picture is the same wherever it is taken.
    return html.replace(`on ${Deno.hostname()}:`, "on monitoring:");
  } finally {
    await Deno.remove(stateDir, { recursive: true });
  }
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
