/** Which code a check compared: the real program on a recorded plan, in a Git checkout that is behind. */

import { assertEquals, assertMatch } from "@std/assert";
import { FAKE_TOKEN, startFakeTelegram } from "../support/fake_telegram.ts";
import { git } from "../support/git.ts";
import { testWith } from "../support/programs.ts";
import { replayedEstate } from "../support/replayed_estate.ts";

testWith(["git"], "a check says which code it compared, and tells once that the checkout is behind", async () => {
  const { estate, bin, plan } = await replayedEstate("prod");
  await using _ = estate;
  await using fake = startFakeTelegram();
  const here = (...args: string[]) => git(estate.root, ...args);
  await here("init", "-q");
  await here("add", ".");
  await here("commit", "-q", "-m", "first");
  const commit = await here("rev-parse", "HEAD");
  await here("commit", "-q", "--allow-empty", "-m", "second");
  await here("branch", "published");
  await here("reset", "-q", "--hard", commit);
  await here("branch", "-q", "--set-upstream-to=published");
  await plan("prod", "ram_added");
  const telegram = { use: "telegram", apiRoot: fake.url, chatId: -1001 };
  await estate.configure({ terraform: { bin }, environments: { prod: {} }, sinks: ["console", telegram] });

  const token = { TELEGRAM_BOT_TOKEN: FAKE_TOKEN };
  const { stdout } = await estate.drift(["--all"], token);
  assertMatch(stdout, new RegExp(`^  Code: commit ${commit.slice(0, 12)} on main$`, "m"));
  const { report } = await estate.report(["--all"], token);
  const [{ code, warnings }] = report.environments as [typeof report.environments[number]];
  assertEquals(code, { commit, branch: "main", dirty: false });
  const behind = 'The code is behind "published" by 1 commit, as it was last fetched';
  assertEquals(warnings.map(({ summary }) => summary), [behind]);
  const told = fake.accepted.map(({ text }) => text.includes(behind));
  assertEquals(told, [true]);
});
