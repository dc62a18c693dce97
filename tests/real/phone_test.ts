import { assert, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { phonePage, SIZE, telegramMessage } from "../lab/phone/picture.ts";
import { takePicture } from "../lab/picture.ts";
import { testWith } from "../support/programs.ts";

testWith(["chromium-headless-shell"], "the picture of the phone shows the message that the program sends", async () => {
  const message = await telegramMessage();
  assertMatch(message, /<b>VM 101 &quot;web&quot; on pve1<\/b>[^]*expected 2048 → actual 4096/);
  assertMatch(message, /^memory 2048 → 4096 · alice@pve, 04:42 UTC$/m);
  const folder = await Deno.makeTempDir({ prefix: "phone-" });
  try {
    const [html, png] = [join(folder, "phone.html"), join(folder, "phone.png")];
    await Deno.writeTextFile(html, await phonePage(message));
    assertStringIncludes(await Deno.readTextFile(html), message.trim());
    await takePicture(html, png, SIZE);
    assert((await Deno.stat(png)).size > 30_000, "an empty picture");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
