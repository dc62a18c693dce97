import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createHmac } from "node:crypto";
import { join } from "node:path";
import { closeSinks, dispatch, probeSink } from "../../drift/run/dispatch.ts";
import type { DriftReport } from "../../drift/report.ts";
import { ROOT, testWith } from "../support/programs.ts";
import { change, environment, errorReport, report, strangeReport } from "../support/sample_reports.ts";
import { type SinkTest, withSinks } from "../support/sinks.ts";
import { readMail, startNtfy, startWebhook, writeSendmail } from "../support/strict_services.ts";
import { exists, until } from "../support/until.ts";

const EXAMPLES = join(ROOT, "docs/examples");
const TOKEN = "tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2";
const SECRET = `whsec_${btoa("0123456789abcdef0123456789abcdef")}`;

type Entry = Parameters<SinkTest["entry"]>[1];

/** Delivers a report to one of the examples; gives "delivered", or why not. */
async function deliver(sinks: SinkTest, use: string, entry: Entry, what: DriftReport): Promise<string> {
  const [kind, file] = use.split(":");
  const open = await sinks.open(sinks.entry(`${kind}:${join(EXAMPLES, file!)}`, entry));
  const [outcome] = await dispatch(what, open);
  return outcome!.delivered ? "delivered" : outcome!.reason!;
}

const drifted = (...labels: string[]) =>
  report([environment("prod", { changes: labels.map((label) => change({ label, address: `vm.${label}` })) })]);

async function withNtfy(
  test: (
    of: {
      ntfy: ReturnType<typeof startNtfy>;
      tell: (what: DriftReport, entry?: Entry) => Promise<string>;
      sinks: SinkTest;
    },
  ) => Promise<void>,
  host: Partial<SinkTest["host"]> = {},
) {
  await using ntfy = startNtfy(TOKEN);
  const env = { ...Deno.env.toObject(), NTFY_TOKEN: TOKEN };
  await withSinks(async (sinks) => {
    const usual: Entry = {
      options: { server: ntfy.url, topic: "drift", tokenEnv: "NTFY_TOKEN" },
      allow: [`net=${ntfy.host}`, "env=NTFY_TOKEN"],
    };
    await test({ ntfy, sinks, tell: (what, entry) => deliver(sinks, "file:ntfy.ts", { ...usual, ...entry }, what) });
  }, { env, ...host });
}

Deno.test("the example ntfy.ts tells what is new and what is resolved, once", async () => {
  await withNtfy(async ({ ntfy, tell }) => {
    const said = async (what: DriftReport) => {
      assertEquals(await tell(what), "delivered");
      return ntfy.taken.splice(0).map(({ title, message, priority }) => [title, message, priority]);
    };
    assertEquals(await said(report([environment("prod")])), []);
    assertEquals(await said(drifted("VM 101")), [["Drift on pve1: prod", "prod: drift\n+ VM 101: update", 3]]);
    assertEquals(await said(drifted("VM 101")), []);
    assertEquals(await said(drifted("VM 101", "VM 102")), [[
      "Drift on pve1: prod",
      "prod: drift\n+ VM 102: update",
      3,
    ]]);
    assertEquals(await said(report([environment("prod", { skipped: { reason: "stopped" } })])), []);
    const failed = errorReport().environments.find(({ name }) => name === "staging")!;
    // A check that failed sees nothing: nothing is resolved for that.
    assertEquals(await said(report([{ ...failed, name: "prod" }])), [[
      "Drift on pve1: prod",
      `prod: error\n+ ${failed.error!.summary} (state-locked)`,
      4,
    ]]);
    assertEquals(await said(report([environment("prod")])), [[
      "Drift on pve1: prod",
      "prod: ok\n- resolved: error state-locked\n" +
      "- resolved: update vm.VM 101 memory[0].dedicated\n- resolved: update vm.VM 102 memory[0].dedicated",
      2,
    ]]);
    assertEquals(ntfy.refused, []);
  });
});

Deno.test("the example ntfy.ts tells later what it could not, tries again what may help, and says what the server said", async () => {
  await withNtfy(async ({ ntfy, tell }) => {
    assertMatch(
      await tell(drifted("VM 101"), { options: { server: ntfy.url, topic: "drift" } }),
      /^ntfy answered 401: .*unauthorized/,
    );
    ntfy.failing.push(503, 429);
    assertEquals(await tell(drifted("VM 101")), "delivered");
    assertEquals(ntfy.taken.length, 1);
    ntfy.failing.push(403);
    assertMatch(await tell(drifted("VM 103")), /^ntfy answered 403/);
  });
});

Deno.test("the example ntfy.ts says of a test that it is one", async () => {
  await withNtfy(async ({ ntfy, tell }) => {
    assertEquals(await tell({ ...drifted("VM 101"), test: true }), "delivered");
    assertEquals(ntfy.taken[0]!.title, "Test: Drift on pve1: prod");
  });
});

Deno.test("the example ntfy.ts keeps a notice within what ntfy takes, whatever is in the report", async () => {
  await withNtfy(async ({ ntfy, tell }) => {
    assertEquals(await tell(drifted(...Array.from({ length: 400 }, (_, at) => `VM ${at} "数据库"`))), "delivered");
    assertEquals(await tell(strangeReport()), "delivered");
    assertEquals(ntfy.refused, []);
    assertMatch(ntfy.taken[0]!.message, /^prod: drift\n\+ VM 0 "数据库": update\n[^]*\n\(\d+ more lines\)$/);
    assert(new TextEncoder().encode(ntfy.taken[0]!.message).length > 3900);
  });
});

Deno.test("the example ntfy.ts answers doctor, sends nothing in a dry run, and names a wrong option", async () => {
  await withNtfy(async ({ ntfy, sinks, tell }) => {
    const use = `file:${join(EXAMPLES, "ntfy.ts")}`;
    const [open] = await sinks.open(
      sinks.entry(use, { options: { server: ntfy.url, topic: "drift" }, allow: [`net=${ntfy.host}`] }),
    );
    assertEquals(await probeSink(open!), { summary: `sends to topic "drift" of ${ntfy.url}` });
    await closeSinks([open!]);
    const wrong = await tell(drifted(), { options: { server: "ntfy.sh", topic: "drift" } }).catch((error) =>
      error.message
    );
    assertStringIncludes(wrong, '"server" must be an address like "https://ntfy.sh", got "ntfy.sh"');
  });
  await withNtfy(async ({ ntfy, sinks, tell }) => {
    assertEquals(await tell(drifted("VM 101")), "delivered");
    assertEquals(ntfy.taken, []);
    assertStringIncludes(sinks.said.join(), "would send to drift: Drift on pve1: prod");
  }, { dryRun: true });
});

Deno.test("the example webhook.ts posts the whole report, signed so that a strict receiver takes it", async () => {
  await using hook = startWebhook(SECRET);
  await withSinks(async (sinks) => {
    const secretFile = join(sinks.dir, "secret");
    await Deno.writeTextFile(secretFile, `${SECRET}\n`);
    const entry = {
      options: { url: `${hook.url}/drift?key=hidden`, secretFile },
      allow: [`net=${hook.host}`, `read=${secretFile}`],
    };
    const send = (what: DriftReport) => deliver(sinks, "file:webhook.ts", entry, what);
    hook.failing.push(500);
    assertEquals(await send(strangeReport()), "delivered");
    assertEquals(hook.refused, []);
    const [message, ...more] = hook.taken.splice(0);
    assertEquals(more, []);
    assertEquals(message, {
      id: `drift_${strangeReport().runId}`,
      type: "pve-drift.report",
      timestamp: strangeReport().finishedAt,
      data: JSON.parse(JSON.stringify(strangeReport())),
    });
    hook.failing.push(302);
    assertEquals(await send(report([])), `${hook.host} answered 302 Found`);
    await Deno.writeTextFile(secretFile, `whsec_${btoa("x".repeat(32))}\n`);
    assertEquals(await send(report([])), `${hook.host} answered 401 Unauthorized`);
    await Deno.writeTextFile(secretFile, "whsec_c2hvcnQ=\n");
    const refusal = await send(report([])).catch((error) => error.message);
    assertEquals(refusal, `"${secretFile}" holds no secret: wanted "whsec_" and 24 to 64 bytes in base64`);
  });
});

Deno.test("startWebhook() agrees with the signature of the specification's own example", () => {
  const key = Uint8Array.fromBase64("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  const content = 'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}';
  assertEquals(
    createHmac("sha256", key).update(content).digest("base64"),
    "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  );
});

testWith(
  ["jq"],
  "the example sendmail.sh sends what a strict mail system takes, and nothing without news",
  async () => {
    await withSinks(async (sinks) => {
      const sendmail = join(sinks.dir, "sendmail");
      await writeSendmail(sendmail);
      const options = { to: "root", from: "pve-drift@pve1.example.org", sendmail };
      const send = (what: DriftReport, more: Record<string, unknown> = {}) =>
        deliver(sinks, "exec:sendmail.sh", { options: { ...options, ...more } }, what);

      assertEquals(await send(report([environment("prod")])), "delivered");
      assertEquals(await send(report([environment("prod", { changes: [change({ isNew: false })] })])), "delivered");
      const skipped = environment("prod", { previousStatus: "error", skipped: { reason: "stopped" } });
      assertEquals(await send(report([skipped])), "delivered");
      assertEquals(await readMail(sendmail), undefined);

      assertEquals(await send(errorReport()), "delivered");
      const { to, from, headers, body } = (await readMail(sendmail))!;
      assertEquals([to, from, headers.to, headers.from], [["root"], options.from, "root", options.from]);
      assertEquals(headers.subject, "pve-drift on pve1: error (lab)");
      assertStringIncludes(body, 'new: VM 102 "db" on pve2: create, outside');
      assertStringIncludes(body, "memory[0].dedicated: 4096, the code wants 2048");

      assertEquals(await send(strangeReport(), { from: undefined, to: "ops@example.org" }), "delivered");
      const strange = (await readMail(sendmail))!;
      assertEquals([strange.to, strange.from, strange.headers.from], [["ops@example.org"], undefined, undefined]);
      assertStringIncludes(strange.body, "数据库服务器");

      await Deno.writeTextFile(`${sendmail}.code`, "67");
      assertEquals(await send(errorReport()), "exit code 67");
      await Deno.writeTextFile(`${sendmail}.code`, "0");
      for (const to of ["-oQ/tmp", "a b", "a\nBcc: c", "a,b", "", ["a"], undefined]) {
        assertMatch(await send(errorReport(), { to }), /^it refuses its options: .*"to" must be one address/);
      }
      assertMatch(await send(errorReport(), { from: "a\nBcc: c" }), /"from" must be one address/);
      assertMatch(await send(errorReport(), { cc: "a" }), /unknown option "cc"/);
      assertMatch(
        await send(errorReport(), { sendmail: "/nowhere/sendmail" }),
        /there is no program "\/nowhere\/sendmail"/,
      );
    });
  },
);

testWith(["jq"], "the example sendmail.sh is started again where the mail system asks for it", async () => {
  await withSinks(async (sinks) => {
    const sendmail = join(sinks.dir, "sendmail");
    await writeSendmail(sendmail);
    await Deno.writeTextFile(`${sendmail}.code`, "75");
    const entry = { options: { to: "root", sendmail }, timeoutMs: 60_000 };
    const sending = deliver(sinks, "exec:sendmail.sh", entry, errorReport());
    await until(() => exists(`${sendmail}.message`));
    await Deno.writeTextFile(`${sendmail}.code`, "0");
    assertEquals(await sending, "delivered");
  });
});
