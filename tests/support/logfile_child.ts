/**
 * A process of its own that writes log records: `deno run -A tests/support/logfile_child.ts DIR TIMES`. Prints a line
 * for each record that is written, and the reason of a failure.
 *
 * @module
 */

import logfile from "../../sinks/logfile.ts";
import { driftReport } from "./sample_reports.ts";

const [dir, times] = Deno.args;
const say = (message: string) => void Deno.stdout.writeSync(new TextEncoder().encode(`${message}\n`));
const sink = await logfile.create(
  logfile.options!.parse({ dir, asked: true }),
  { dryRun: false, stateDir: "/", log: { debug: say, info: say, warn: say, error: say } },
);
for (let time = 0; time < Number(times); time++) {
  const report = driftReport();
  report.runId = `${Deno.pid}-${time}`;
  report.environments = [{ ...report.environments[0]!, name: "prod" }];
  try {
    await sink.deliver(report, AbortSignal.timeout(10_000));
    say(`delivered ${report.runId}`);
  } catch (error) {
    say((error as Error).message);
    Deno.exit(1);
  }
}
