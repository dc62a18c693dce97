/** Which code a check compared: the real program on a recorded plan, in a Git checkout that is behind. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { FAKE_TOKEN, startFakeTelegram } from "../support/fake_telegram.ts";
import { testWith } from "../support/programs.ts";
import { replayedEstate } from "../support/replayed_estate.ts";

testWith(["git"], "a check says which code it compared, and tells once that the checkout is behind", async () => {
  const { estate, bin, plan } = await replayedEstate("prod");
  await using _ = estate;
  await using fake = startFakeTelegram();
  const git = async (...args: string[]) => {
    const author = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"];
    const env = { PATH: Deno.env.get("PATH") ?? "", HOME: "/nonexistent", GIT_CONFIG_NOSYSTEM: "1" };
    const options = { args: [...author, ...args], cwd: estate.root, env, clearEnv: true };
    const { success, stdout } = await new Deno.Command("git", options).output();
    assert(success, args.join(" "));
    return new TextDecoder().decode(stdout).trim();
  };
  await git("init", "-q");
  await git("add", ".");
  await git("commit", "-q", "-m", "first");
  const commit = await git("rev-parse", "HEAD");
  await git("commit", "-q", "--allow-empty", "-m", "second");
  await git("branch", "published");
  await git("reset", "-q", "--hard", commit);
  await git("branch", "-q", "--set-upstream-to=published");
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
