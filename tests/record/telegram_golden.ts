/**
 * The messages that are kept under tests/fixtures/telegram, to be read by people in a review: what a chat reads after
 * earlier reports. Run as a program, it writes them anew: `deno run -A tests/record/telegram_golden.ts`.
 *
 * @module
 */

import type { Diagnostic, DriftReport, EnvironmentReport } from "../../drift/report.ts";
import { plainText } from "../../sinks/telegram/html.ts";
import { renderDigest } from "../../sinks/telegram/message.ts";
import { newsFor } from "../../sinks/telegram/news.ts";
import type { Told } from "../../sinks/telegram/told.ts";
import {
  attribute,
  change,
  driftReport,
  environment,
  errorReport,
  furtherReport,
  knownAttribute,
  knownChange,
  manyReport,
  outageReport,
  putBackReport,
  report,
} from "../support/sample_reports.ts";
import {
  firstWitnessReport,
  laterWitnessReport,
  silentWitnessReport,
  witnessedReport,
} from "../support/witness_reports.ts";

/** One kept message: the last of some reports. */
export interface TelegramGolden {
  /** File name under tests/fixtures/telegram. */
  file: string;
  /** What the chat was told, and at last the report that the message is about. */
  reports: DriftReport[];
}

const prod = (rest: Partial<EnvironmentReport>) => report([environment("prod", rest)]);
const two = change({
  attributes: [attribute("memory[0].dedicated", 2048, 4096), attribute("cpu[0].cores", 2, 4)],
});
const auth = { class: "auth" as const, summary: "401 authentication failure", detail: "", cure: "Give a valid token" };
const warning = (summary: string): Diagnostic => ({ severity: "warning", summary, detail: "" });

/** All kept messages. */
export const TELEGRAM_GOLDENS: TelegramGolden[] = [
  { file: "drift.txt", reports: [driftReport()] },
  { file: "error.txt", reports: [errorReport()] },
  { file: "outage.txt", reports: [outageReport()] },
  { file: "alike.txt", reports: [manyReport()] },
  { file: "further.txt", reports: [prod({ changes: [change()] }), furtherReport()] },
  { file: "put_back.txt", reports: [prod({ changes: [two] }), putBackReport()] },
  {
    file: "changed.txt",
    reports: [
      prod({ changes: [two] }),
      prod({
        previousStatus: "drift",
        changes: [{
          ...two,
          attributes: [attribute("memory[0].dedicated", 2048, 8192), knownAttribute("cpu[0].cores", 2, 4)],
        }],
      }),
    ],
  },
  {
    file: "confirmed.txt",
    reports: [
      prod({ changes: [change({ confirmed: false })] }),
      prod({ previousStatus: "drift", changes: [knownChange()] }),
    ],
  },
  { file: "works_again.txt", reports: [prod({ error: auth }), prod({ previousStatus: "error" })] },
  {
    file: "still_drifts.txt",
    reports: [
      prod({ changes: [change()] }),
      prod({ previousStatus: "drift", error: auth }),
      prod({ previousStatus: "error", changes: [knownChange()] }),
    ],
  },
  { file: "witness.txt", reports: [witnessedReport()] },
  { file: "witness_new.txt", reports: [firstWitnessReport(), laterWitnessReport()] },
  { file: "witness_first.txt", reports: [firstWitnessReport()] },
  { file: "witness_silent.txt", reports: [silentWitnessReport()] },
  {
    file: "warned.txt",
    reports: [prod({ warnings: [warning('Check failed: check "backup"'), warning("An accept rule has expired")] })],
  },
];

/** The text of one message as a reader sees it. */
export function telegramGoldenText({ reports }: TelegramGolden): string {
  let told: Told | undefined;
  let text = "";
  reports.forEach((one, at) => {
    const shown = { ...one, runId: `run-${at}` };
    const news = newsFor(shown, told, Infinity);
    if (news) told = news.told;
    text = news ? plainText(renderDigest(shown, news)) : "(no message)";
  });
  return `${text}\n`;
}

/** Where a message is kept. */
export function telegramGoldenUrl(file: string): URL {
  return new URL(`../fixtures/telegram/${file}`, import.meta.url);
}

if (import.meta.main) {
  for (const one of TELEGRAM_GOLDENS) await Deno.writeTextFile(telegramGoldenUrl(one.file), telegramGoldenText(one));
}
