// deno test --allow-net=127.0.0.1 --allow-env=MY_SINK_TOKEN template_test.ts
import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import type { DriftReport, SinkContext } from "./pve_drift_sink.d.ts";
import sample from "./sample_report.json" with { type: "json" };
import sink, { textOf } from "./template.ts";

const report = sample as unknown as DriftReport;

/** The context that the program gives a sink; messages are kept in `said`. */
function context(said: string[], dryRun = false): SinkContext {
  const say = (message: string) => void said.push(message);
  return { dryRun, stateDir: "/nowhere", log: { debug: say, info: say, warn: say, error: say } };
}

/** Delivers the sample to a local server, which answers with `status`; returns what the server received. */
async function delivered(status: number, dryRun = false): Promise<{ sent: string[]; said: string[] }> {
  const sent: string[] = [], said: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    sent.push(`${request.headers.get("Authorization")} ${await request.text()}`);
    return new Response(null, { status });
  });
  try {
    Deno.env.set("MY_SINK_TOKEN", "secret");
    const url = `http://127.0.0.1:${server.addr.port}/`;
    const made = await sink.create(sink.options!.parse({ url, tokenEnv: "MY_SINK_TOKEN" }), context(said, dryRun));
    await made.deliver(report, AbortSignal.timeout(5000));
  } finally {
    await server.shutdown();
  }
  return { sent, said };
}

Deno.test("textOf() names what needs somebody, and nothing else", () => {
  const lines = textOf(report).split("\n");
  deepEqual(lines.map((line) => line.split(":")[0]), ["drifted", "failing"]);
  equal(textOf({ ...report, environments: [] }), "");
  const skipped = report.environments.map((one) => ({ ...one, skipped: { reason: "stopped before its turn" } }));
  equal(textOf({ ...report, environments: skipped }), "");
});

Deno.test("deliver() posts the text with the secret", async () => {
  deepEqual((await delivered(200)).sent, [`Bearer secret ${textOf(report)}`]);
});

Deno.test("deliver() asks for another try only where that may help", async () => {
  await rejects(delivered(503), { retryable: true });
  await rejects(delivered(403), { retryable: false });
});

Deno.test("deliver() sends nothing in a dry run", async () => {
  const { sent, said } = await delivered(200, true);
  deepEqual([sent, said], [[], [`would post: ${textOf(report)}`]]);
});

Deno.test("parse() names the option that is wrong", () => {
  throws(() => sink.options!.parse({ url: "there", tokenEnv: "X" }), /"url" must be an address, got "there"/);
  throws(() => sink.options!.parse({ url: "https://example.org", tokenEnv: "X", ulr: 1 }), /unknown option "ulr"/);
});
