/**
 * The sink that shows the report to a person, on a terminal, in a pipe or in the journal. Its output is the product: it
 * goes to the writer that the loader hands in (standard output), not to the log.
 *
 * @module
 */

import { journalPrefix } from "../lib/journal.ts";
import { visible } from "../lib/visible.ts";
import { renderLazily } from "./text/report_text.ts";
import { fromLoader, readOptions } from "./options.ts";
import type { Line, View } from "./text/page.ts";
import type { Sink, SinkModule } from "./sink.ts";

export type { View } from "./text/page.ts";

/** What the loader hands in; a user has no options to give. */
export interface ConsoleOptions {
  /** How to show it. */
  view?: View;
  /** Where it goes. */
  write?: (text: string) => void | Promise<void>;
  /** Somebody named this sink; it has its place either way. */
  asked?: boolean;
}

const NAME = "console";

/** The console sink. */
const sinkModule: SinkModule<ConsoleOptions> = {
  apiVersion: 1,
  name: NAME,
  dryRun: true,
  options: {
    parse: (input) =>
      readOptions(NAME, input, {}, {
        view: fromLoader<View>(),
        write: fromLoader<NonNullable<ConsoleOptions["write"]>>(),
        asked: fromLoader<boolean>(),
        base: fromLoader<string>(),
      }),
  },
  create({ view, write }): Sink {
    if (!view || !write) throw new TypeError('Cannot use sink "console": the loader gave it no "view" or no "write"');
    const show = (lines: Line[]) => lines.length > 0 ? write(printed(lines, view)) : undefined;
    return {
      async deliver(report) {
        await show(await renderLazily(report, view));
      },
      async settled(outcomes) {
        const failed = outcomes.filter(({ delivered }) => !delivered);
        await show(failed.map(({ sink, reason }) => ({
          text: visible(`Sink "${sink}" did not deliver: ${reason ?? "it gave no reason"}`),
          level: "error",
        })));
      },
    };
  },
};

export default sinkModule;

function printed(lines: Line[], { journal }: View): string {
  const texts = journal
    ? lines.filter(({ text }) => text !== "").map(({ text, level }) => `${journalPrefix(level)}${text}`)
    : lines.map(({ text }) => text);
  return `${texts.join("\n")}\n`;
}
