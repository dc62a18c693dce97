/**
 * Real estates whose checks are replayed: what terraform wrote during a check is kept, and `replay` must come to the
 * same verdict from it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { readReplay } from "../../drift/commands/replay.ts";
import type { AcceptRule } from "../../drift/config/schema.ts";
import type { DriftReport, EnvironmentReport } from "../../drift/report.ts";
import { replayEnvironment } from "../../drift/run/replay.ts";
import { Estate } from "../support/estate.ts";

/** What a check gave. */
export interface Checked {
  /** The whole report. */
  report: DriftReport;
  /** Exit code. */
  code: number;
  /** Everything on stderr. */
  stderr: string;
  /** The report's environments by name. */
  env: Record<string, EnvironmentReport>;
}

/** An estate whose terraform is recorded. Disposing of it removes everything. */
export interface RecordedEstate extends AsyncDisposable {
  /** The estate itself. */
  estate: Estate;
  /** Writes pve-drift.json, with the recording program filled in. */
  configure(config: { terraform?: object; accept?: AcceptRule[] } & Record<string, unknown>): Promise<void>;
  /** Checks all environments, or those asked for, and lets `replay` confirm each verdict that rests on a plan. */
  check(args?: string[], env?: Record<string, string>): Promise<Checked>;
  /** Paths of what the last check's `show` and `plan` wrote about an environment. */
  recording(name: string): { show: string; plan: string };
}

/**
 * Makes an estate on a terraform or tofu, `bin` (an absolute path), with HashiCorp's `local` provider where `local`, the
 * path of its CLI configuration, is given.
 */
export async function recordedEstate(
  environments: Record<string, Record<string, string>>,
  bin: string,
  local?: string,
): Promise<RecordedEstate> {
  const estate = await Estate.create(environments);
  estate.bin = bin;
  if (local) await Deno.copyFile(local, join(estate.dir, "terraformrc"));
  const kept = join(estate.dir, "kept");
  await Deno.mkdir(kept);
  // The environment's name stands in the path of its data directory.
  const standIn = await estate.standIn(`keep='${kept}'/$(basename "$(dirname "$TF_DATA_DIR")")
[ "$1" = show ] || rm -f "$keep".*
case $1 in plan | show) ;; *) exec "$TERRAFORM" "$@" ;; esac
"$TERRAFORM" "$@" >"$keep.$1"
code=$?
cat "$keep.$1"
exit $code`);
  let accept: AcceptRule[] = [];
  const configure: RecordedEstate["configure"] = async (config) => {
    accept = config.accept ?? [];
    await estate.configure({ ...config, terraform: { bin: standIn.bin, ...config.terraform } });
  };
  await configure({});
  return {
    estate,
    configure,
    async check(args = ["--all"], env = {}) {
      await Deno.remove(kept, { recursive: true });
      await Deno.mkdir(kept);
      const { report, code, stderr } = await estate.report(args, env);
      for (const one of report.environments) await assertReplays(one, join(kept, one.name), accept);
      return { report, code, stderr, env: Object.fromEntries(report.environments.map((one) => [one.name, one])) };
    },
    recording: (name) => ({ show: join(kept, `${name}.show`), plan: join(kept, `${name}.plan`) }),
    [Symbol.asyncDispose]: () => estate[Symbol.asyncDispose](),
  };
}

/** Classes that the check itself finds, not the plan. */
const NOT_OF_THE_PLAN = ["timeout", "interrupted", "killed"];

async function assertReplays(checked: EnvironmentReport, kept: string, accept: AcceptRule[]): Promise<void> {
  const recorded = async (kind: string) =>
    await Deno.stat(`${kept}.${kind}`).then((info) => info.size > 0, () => false) ? [`${kept}.${kind}`] : [];
  const stream = await recorded("plan"), plan = await recorded("show");
  // Where the last thing that ran was another command, the plan before it is gone.
  if (stream.length === 0 || NOT_OF_THE_PLAN.includes(checked.error?.class ?? "")) return;
  // That something was there before only the memory knows, which replay does not read.
  if (/^The state holds nothing, but the last run knew/.test(checked.error?.summary ?? "")) return;
  const replay = async (files: string[]) => {
    const input = { readFile: Deno.readFile, readStdin: () => Promise.reject(new Error("not asked for")) };
    const context = { accept, hideText: false, inherited: {}, now: Date.now };
    return replayEnvironment(checked.name, checked.dir, await readReplay(files, input), context);
  };
  const disagrees = `replay of "${checked.name}" disagrees with its check`;
  assertEquals(verdictOf(await replay([...plan, ...stream])), verdictOf(checked), disagrees);
  if (plan.length > 0) {
    const { status, error, ...rest } = verdictOf(await replay(plan));
    const { status: expected, error: _error, ...others } = verdictOf(checked);
    assertEquals(status, expected, `${disagrees}, from its plan alone: ${error?.summary}`);
    assertEquals(rest, others, `${disagrees}, from its plan alone`);
  }
  // What rules set aside cannot be known without attributes.
  if (checked.accepted.length > 0) return;
  const alone = await replay(stream);
  assertEquals(
    [alone.status, alone.changes.map((one) => [one.address, one.action])],
    [checked.status, checked.changes.map((one) => [one.address, one.action])],
    `${disagrees}, from its message stream alone: ${alone.error?.summary}`,
  );
}

/** What a plan alone decides: not since when a thing is known, nor whether a lock was held. */
function verdictOf({ status, changes, accepted, observed, bookkeeping, outputs, counts, error }: EnvironmentReport) {
  const timeless = (list: EnvironmentReport["changes"]) =>
    list.map(({ firstSeenAt: _since, isNew: _new, confirmed: _confirmed, attributes, ...change }) => ({
      ...change,
      attributes: attributes.map(({ firstSeenAt: _since, isNew: _new, ...attribute }) => attribute),
    }));
  return {
    status,
    error: error && { class: error.class, summary: error.summary },
    counts,
    changes: timeless(changes),
    accepted: timeless(accepted),
    observed: timeless(observed),
    bookkeeping: timeless(bookkeeping),
    outputs,
  };
}
