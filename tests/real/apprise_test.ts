import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { dispatch } from "../../drift/run/dispatch.ts";
import type { DriftReport } from "../../drift/report.ts";
import { ROOT, run, testWith } from "../support/programs.ts";
import { change, environment, errorReport, report, strangeReport } from "../support/sample_reports.ts";
import { namesIn, type SinkTest, withSinks } from "../support/sinks.ts";
import { plainNotice } from "../../sinks/text/plain_notice.ts";
import { startGotify, startMattermost } from "../support/strict_services.ts";

const GOTIFY = "AbCdEf.123456-Z";
const HOOK = "3h4k5l6m7n8p9q1r2s3t4u5v6w";
const drifted = (rest: Partial<DriftReport> = {}) => report([environment("prod", { changes: [change()] })], rest);

testWith(
  ["lab/apprise"],
  "the example apprise_sink.py tells two services by the real Apprise",
  async (test, python) => {
    await using gotify = startGotify(GOTIFY);
    await using mattermost = startMattermost(HOOK);
    await withSinks(async (sinks) => {
      const program = join(sinks.dir, "apprise_sink.py"), urlsFile = join(sinks.dir, "urls");
      const text = await Deno.readTextFile(join(ROOT, "docs/examples/apprise_sink.py"));
      await Deno.writeTextFile(program, text.replace(/^#!.*/, `#!${python}`), { mode: 0o755 });
      const urls = [`gotify://${gotify.host}/${GOTIFY}`, "# my team", `mmost://${mattermost.host}/${HOOK}`];
      const write = async (lines: string[]) => {
        await Deno.writeTextFile(urlsFile, lines.join("\n"), { mode: 0o600 });
        await Deno.chmod(urlsFile, 0o600);
      };
      await write(urls);
      const tell = async (what: DriftReport, rest: Parameters<SinkTest["entry"]>[1] = {}) => {
        const open = await sinks.open(sinks.entry(`exec:${program}`, { options: { urlsFile }, ...rest }));
        const [outcome] = await dispatch(what, open);
        const said = outcome!.reason ?? "delivered";
        assert(!said.includes(GOTIFY) && !said.includes(HOOK), said);
        return said;
      };
      const taken = () => [gotify.taken.splice(0).map(({ message }) => message), mattermost.taken.splice(0)];

      await test.step("what is new, in the words that all sinks share", async () => {
        assertEquals(await tell(drifted()), "delivered");
        const [message] = gotify.taken;
        assertEquals(message!.title, "pve-drift on pve1: 1 environment drifts");
        assertStringIncludes(message!.message, "    memory[0].dedicated: expected 2048 → actual 4096");
        const [, [posted]] = taken() as [unknown, string[]];
        assertStringIncludes(posted!, "pve-drift on pve1: 1 environment drifts");
        assertStringIncludes(posted!, "memory[0].dedicated: expected 2048 → actual 4096");
      });

      await test.step("nothing where nothing changed", async () => {
        assertEquals(await tell(report([environment("prod")])), "delivered");
        assertEquals(taken(), [[], []]);
      });

      await test.step("again within its time, to the one that did not take it", async () => {
        gotify.failing.push(503);
        assertEquals(await tell(drifted({ runId: "one" })), "delivered");
        assertEquals(taken().map((all) => all!.length), [1, 1]);
      });

      await test.step("with the next run, in order, where its time was over", async () => {
        const cwd = join(sinks.dir, "kept");
        await Deno.mkdir(cwd);
        const once = async (what: DriftReport) => {
          const document = { protocol: 1, options: { urlsFile }, report: what, text: plainNotice(what) };
          return await run(program, [], { cwd, stdin: JSON.stringify(document) });
        };
        gotify.failing.push(401);
        const { code, stderr } = await once(drifted({ runId: "two" }));
        assertEquals([code, stderr.trim().split("\n").at(-1)], [
          75,
          `not taken, and kept for the next run: line 1 of "${urlsFile}"`,
        ]);
        assertEquals(taken().map((all) => all!.length), [0, 1]);
        assertEquals((await once({ ...errorReport(), runId: "three" })).code, 0);
        const [both, one] = taken();
        assertEquals([both!.length, one!.length], [2, 1]);
        assertStringIncludes(both![0]!, "memory[0].dedicated");
        assertStringIncludes(both![1]!, "What to do: ");
      });

      await test.step("whatever a stranger wrote", async () => {
        assertEquals(await tell({ ...strangeReport(), runId: "four" }), "delivered");
        const [messages, posts] = taken();
        for (const told of [...messages!, ...posts!]) assertStringIncludes(told, "数据库服务器");
      });

      await test.step("no address stays behind", async () => {
        const state = await run("grep", ["-rE", `${GOTIFY}|${HOOK}`, sinks.stateDir, join(sinks.dir, "kept")]);
        assertEquals(state.stdout, "");
        assertEquals((await namesIn(join(sinks.stateDir, "sinks"))).length, 1);
      });

      await test.step("a wrong entry is named", async () => {
        assertMatch(
          await tell(drifted(), { options: {} }),
          /it refuses its options: "urlsFile" must be the absolute path/,
        );
        assertMatch(await tell(drifted(), { options: { urlsFile, url: "x" } }), /unknown option "url"/);
        await write(["gotify://x/y", "no address"]);
        assertMatch(await tell(drifted()), /line 2 of ".*" is no address that Apprise knows/);
        await Deno.chmod(urlsFile, 0o644);
        assertMatch(await tell(drifted()), /holds secrets, and others may read it: chmod 600/);
      });
      assertEquals([gotify.refused, mattermost.refused], [[], []]);
    });
  },
);
