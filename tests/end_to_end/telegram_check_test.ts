/** The Telegram sink in whole runs: the real program over real environments, with an imitation of Telegram. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { Estate, simple } from "../support/estate.ts";
import { FAKE_TOKEN, startFakeTelegram } from "../support/fake_telegram.ts";
import { testTerraform } from "../support/programs.ts";

testTerraform(
  "a check tells Telegram of drift once, after an outage too, of its end, and of a check that fails",
  async () => {
    await using estate = await Estate.create({ lab: simple("one") });
    await using fake = startFakeTelegram();
    await estate.apply("lab");
    const html = join(estate.dir, "index.html");
    await estate.configure({
      sinks: [
        "console",
        { use: "telegram", chatId: -1001, apiRoot: fake.url },
        { use: "html", file: html, url: "https://drift.example.org/?a=1&b=2" },
      ],
    });
    const check = async (args: string[] = []) => {
      const before = fake.accepted.length;
      const { code, stdout, stderr } = await estate.drift(["--all", ...args], { TELEGRAM_BOT_TOKEN: FAKE_TOKEN });
      assert(!`${stdout}${stderr}`.includes(FAKE_TOKEN.split(":")[1]!), stderr);
      return { code, said: `${stdout}${stderr}`, texts: fake.accepted.slice(before).map(({ text }) => text) };
    };
    assertEquals((await check()).code, 0);
    assertEquals(fake.calls, []);

    await estate.write("lab", simple("two"));
    fake.script([{ kind: "error", code: 403, description: "Forbidden: bot was kicked from the supergroup chat" }]);
    const outage = await check();
    assertEquals([outage.code, outage.texts], [3, []]);
    assertMatch(outage.said, /telegram.*Forbidden: bot was kicked.*1 notice is kept for the next run/s);
    const told = await check();
    assertEquals([told.code, told.texts.length], [2, 1]);
    assertMatch(told.texts[0]!, /🟠 lab: drift: 1 new\n• terraform_data\.\w+.*\nnot applied yet; an apply would /);
    assertMatch(told.texts[0]!, /\n\nThe whole picture: https:\/\/drift\.example\.org\/\?a=1&b=2$/);
    assertStringIncludes(await Deno.readTextFile(html), "<h1>1 environment drifts</h1>");
    assertEquals((await check()).texts, []);

    await estate.write("lab", simple("three"));
    assertEquals((await check(["--sink", "console"])).texts, [], "a run without this sink");
    await estate.write("lab", simple("one"));
    const closed = await check();
    assertEquals([closed.code, closed.texts.length], [0, 1]);
    assertMatch(closed.texts[0]!, /🟢 lab: nothing differs any more\n✅ resolved: terraform_data\./);

    await estate.write("lab", { "broken.tf": "resource {" });
    const failed = await check();
    assertEquals([failed.code, failed.texts.length], [1, 1]);
    assertMatch(failed.texts[0]!, /🔴 lab: the check failed: config-invalid\n.*\nWhat to do: /);
    assertEquals((await check()).texts, []);
  },
);
