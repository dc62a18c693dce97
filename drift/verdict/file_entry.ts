/**
 * Files one entry: what of it is a change, what is set aside, what is only observed, with everything that a report says
 * of it. Pure.
 *
 * @module
 */

import type { Secrets } from "../../lib/secrets.ts";
import type { Action, AttributeChange, Change, Diagnostic, Origin } from "../report.ts";
import { markedPaths, valueAt } from "../terraform/attribute_path.ts";
import type { PlannedObject } from "../terraform/plan.ts";
import { isVanished } from "../terraform/plan_queries.ts";
import { type Leaf, UNKNOWN } from "./diff.ts";
import { countedLeaves, type Entry, originOf, reasonsIn, type Unknown } from "./entry.ts";
import { mergeMarks } from "./marks.ts";
import { DEFAULT_NOTE, type FindNoise, isOfProvider, type Noise, noiseIn, noiseNote } from "./noise.ts";
import { type ProviderKnowledge, secretNamesOf } from "./knowledge.ts";
import { generalNote, guessNote, listNote, unknownNote, warnedNote } from "./notes.ts";
import { shownSides } from "./shown_sides.ts";
import { type Recalled, upgradeIn } from "./upgrade.ts";
import { lockNote, type Testimony, witnessNote } from "./testimony.ts";

/** One thing found, as the memory keeps it. `actual` is raw and goes no further than a salted hash. */
export interface Finding {
  /** Resource address. */
  address: string;
  /** The change's. */
  action: Action;
  /** The change's. */
  origin: Origin;
  /** Absent where the whole object is the finding. */
  path?: string;
  /** Raw. */
  actual: unknown;
  /** Source address of the object's provider; absent where it is not known. */
  provider?: string;
  /** It is noise, and no drift. */
  isNoise?: true;
}

/** Says of a finding since when it is known. */
export type Recall = (finding: Finding) => Recalled;

/** Whether a rule sets an attribute difference aside. */
export type Accepts = (address: string, path: string) => boolean;

/** What filing needs besides the plan. */
export interface PlanContext {
  /** Learns the secrets of the plan, and scrubs. */
  secrets: Secrets;
  /** Knows the findings of the last run. */
  recall: Recall;
  /** Knows the `accept` rules. */
  accepts: Accepts;
  /** Knows the providers of the plan's objects. */
  providers: ProviderKnowledge;
  /** Knows the catalogue of noise; without it, nothing is. */
  noise?: FindNoise;
  /** What Terraform and the providers warned of in the same run. */
  warnings?: readonly Diagnostic[];
  /** Show no value, not even as the name of a list's entry, and nothing that Terraform says: for `"values": "hide"`. */
  hideText?: boolean;
  /** What a second witness says of the plan's guests. */
  testimony?: Testimony | undefined;
}

/** Where one entry is listed, up to once in each place. */
export interface FiledEntry {
  /** What makes the drift. */
  change?: Change;
  /** What rules set aside. */
  accepted?: Change;
  /** What changed outside without the plan acting on it. */
  observed?: Change;
  /** An update in which nothing but noise differs. */
  noise?: Change;
  /** What the memory keeps of `change` and `noise`. */
  findings: Finding[];
}

/** Files one entry. */
export function fileEntry(entry: Entry, context: PlanContext): FiledEntry {
  const { action, object } = entry;
  const observed = observedChange(entry, context);
  const filed: FiledEntry = { ...(observed ? { observed } : {}), findings: [] };
  if (action === undefined || action === "forget" || action === "read") return filed;

  const counted = countedLeaves(entry);
  const isAside = (leaf: Leaf) => action === "update" && context.accepts(object.address, leaf.path);
  const unknown = unknownLeaves(entry, counted, counted.every(isAside));
  const aside = [...counted, ...unknown].filter(isAside);
  const rest = {
    counted: counted.filter((leaf) => !aside.includes(leaf)),
    unknown: unknown.filter((leaf) => !aside.includes(leaf)),
  };
  const set: FiledEntry = aside.length > 0 ? { ...filed, accepted: listedChange(entry, aside, context) } : filed;
  if (aside.length > 0 && rest.counted.length === 0 && rest.unknown.length === 0) return set;
  const loud = [...rest.counted, ...unknownLeaves(entry, counted, true).filter((leaf) => !isAside(leaf))];
  const noise = action === "update" ? noiseIn(object, loud, context.noise) : undefined;
  if (noise) return { ...set, ...noiseChange(entry, loud, noise, context) };
  const origin = aside.length === 0 ? entry.origin : originOf([...rest.counted, ...rest.unknown]);
  return { ...set, ...plannedChange(entry, action, rest, origin, context) };
}

/** An update that is listed for these differences, and is no drift. */
function listedChange(entry: Entry, leaves: Leaf[], context: PlanContext): Change {
  const base = withNames(baseChange(entry.object, "update", context), entry, context);
  return {
    ...base,
    origin: originOf(leaves),
    attributes: leaves.map((leaf) => attribute(leaf, entry, context, base)),
  };
}

/** An update in which nothing but noise differs. */
function noiseChange(
  entry: Entry,
  leaves: Leaf[],
  rows: Noise[],
  context: PlanContext,
): Pick<FiledEntry, "noise" | "findings"> {
  const listed = listedChange(entry, leaves, context);
  const findings = leaves.map((leaf): Finding => ({
    ...findingOf(listed, entry, "update", listed.origin),
    path: context.secrets.scrubPath(leaf.path),
    actual: leaf.actual,
    isNoise: true,
  }));
  const sinceUpgrade = upgradeIn(findings.map(context.recall), true);
  return {
    noise: { ...listed, ...sinceUpgrade, noise: rows.map(({ name }) => name), note: noiseNote(rows) },
    findings,
  };
}

function findingOf({ address }: Change, { object }: Entry, action: Action, origin: Origin): Finding {
  return {
    address,
    action,
    origin,
    actual: null,
    ...(object.provider_name === undefined ? {} : { provider: object.provider_name }),
  };
}

/**
 * What differs in values that an apply alone can tell: those that are a reason for the change. Where nothing else is left
 * (`isRest`), all that the code sets, or where it sets none and nothing else differs, all that the provider leaves open.
 */
function unknownLeaves(entry: Entry, counted: Leaf[], isRest: boolean): Leaf[] {
  const { action, object: { change } } = entry;
  if (action !== "update") return [];
  const asked: Pick<Unknown, "path" | "kind">[] = isRest ? entry.unknowns : reasonsIn(entry);
  const open = counted.length > 0 || asked.length > 0
    ? asked
    : markedPaths(change.after_unknown).map((path) => ({ path, kind: "pending" as const }));
  if (open.length === 0) return [];
  const marks = mergeMarks(change.before_sensitive, change.after_sensitive);
  return open.map(({ path, kind }) => {
    const actual = valueAt(change.before, path);
    return { path, place: path, kind, previous: actual, actual, expected: UNKNOWN, marks: valueAt(marks, path) };
  });
}

/** What every change says. One that is not remembered counts as seen first now. */
export function baseChange(object: PlannedObject, action: Action, { recall, secrets }: PlanContext): Change {
  const address = secrets.scrubPath(object.address);
  const isMove = action === "move" && object.previous_address;
  return {
    address,
    type: object.type,
    provider: object.provider_name ?? "",
    action,
    origin: "pending",
    firstSeenAt: recall({ address, action, origin: "pending", actual: null }).firstSeenAt,
    isNew: false,
    confirmed: true,
    attributes: [],
    ...(object.module_address ? { module: secrets.scrubPath(object.module_address) } : {}),
    ...(object.action_reason ? { reason: object.action_reason } : {}),
    ...(isMove ? { note: `moved from ${secrets.scrubPath(isMove)}` } : {}),
  };
}

/** What changed outside without the plan acting on it. */
function observedChange(entry: Entry, context: PlanContext): Change | undefined {
  const { object, drift, action } = entry;
  const isGone = drift !== undefined && isVanished(drift) && action !== "create";
  const observed = entry.leaves.filter((leaf) => leaf.kind === "observed");
  if (!isGone && (observed.length === 0 || action === "replace")) return undefined;
  const { reason: _, ...change } = baseChange(object, isGone ? "delete" : "update", context);
  const base = withWitness(withNames(change, entry, context), entry, context);
  const noise = isGone || base.note !== undefined ? undefined : noiseIn(object, observed, context.noise);
  return {
    ...base,
    ...(noise ? { note: noiseNote(noise) } : {}),
    origin: "outside",
    attributes: observed.map((leaf) =>
      attribute({ ...leaf, kind: "outside", expected: leaf.previous }, entry, context, change)
    ),
  };
}

/** What the plan would do, with the differences that count. */
function plannedChange(
  entry: Entry,
  action: Action,
  { counted, unknown }: { counted: Leaf[]; unknown: Leaf[] },
  origin: Origin,
  context: PlanContext,
): { change: Change; findings: Finding[] } {
  const { secrets, providers } = context;
  const base = withWitness(withNames(baseChange(entry.object, action, context), entry, context), entry, context);
  const finding = findingOf(base, entry, action, origin);
  const findings: Finding[] = counted.length > 0
    ? counted.map((leaf) => ({ ...finding, path: secrets.scrubPath(leaf.path), actual: leaf.actual }))
    : [finding];
  const known = findings.map(context.recall);
  const isExplained = action === "update" && counted.length > 0 &&
    counted.every((leaf) => isOfProvider(entry, leaf, context.noise));
  const sinceUpgrade = upgradeIn(known, isExplained);
  const [since] = known.filter((one) => !one.isNew).map((one) => one.firstSeenAt).sort();
  const change: Change = {
    ...base,
    origin,
    isNew: known.some((one) => one.isNew),
    firstSeenAt: since ?? known[0]!.firstSeenAt,
    attributes: counted.map((leaf, at) => attribute(leaf, entry, context, known[at]!)),
    ...(entry.causedBy.length > 0 ? { causedBy: entry.causedBy.map((address) => secrets.scrubPath(address)) } : {}),
    ...sinceUpgrade,
  };
  const note = base.note ?? providers.note(entry, change) ?? warnedNote(entry, context.warnings ?? []) ??
    generalNote(entry) ??
    listNote(counted) ?? guessNote(entry) ??
    (counted.length === 0 ? unknownNote(unknown, countedLeaves(entry).length > 0) : undefined) ??
    (change.sinceUpgrade?.explains ? DEFAULT_NOTE : undefined);
  if (note) change.note = secrets.scrub(note);
  if (isExpectedMove(change, entry, context)) change.isExpected = true;
  return { change, findings };
}

/** Whether a change says nothing but that HA moved a guest that it may move. */
function isExpectedMove(change: Change, { object }: Entry, { testimony, providers }: PlanContext): boolean {
  if (!testimony?.movable?.has(object.address)) return false;
  return change.witness?.found === "moved" || providers.isMove(change);
}

function withNames(change: Change, { object, drift }: Entry, { providers, secrets }: PlanContext): Change {
  const label = providers.label(object, drift), identity = providers.identity(object, drift);
  return {
    ...change,
    ...(label ? { label: secrets.scrub(label) } : {}),
    // A name that is a secret besides names nothing any more.
    ...(identity && Object.values(identity).every((word) => secrets.scrub(word) === word) ? { identity } : {}),
  };
}

/** The change with what a second witness found of its guest, or of a lock on it, which leaves it unconfirmed. */
function withWitness(
  change: Change,
  { object, drift, action }: Entry,
  { testimony, secrets }: PlanContext,
): Change {
  const guest = drift && isVanished(drift) ? testimony?.vanished.get(object.address) : undefined;
  const lock = testimony?.locks.get(object.address);
  const note = guest ? witnessNote(guest, action === "create") : lock === undefined ? undefined : lockNote(lock);
  return {
    ...change,
    ...(guest ? { witness: { found: guest.found, ...(guest.node === undefined ? {} : { node: guest.node }) } } : {}),
    ...(lock === undefined ? {} : { lock, confirmed: false }),
    ...(note === undefined ? {} : { note: secrets.scrub(note) }),
  };
}

function attribute(
  leaf: Leaf,
  entry: Entry,
  { secrets, providers, noise }: PlanContext,
  known: Recalled,
): AttributeChange {
  const { object, action } = entry, { isNew, firstSeenAt, flapping } = known;
  const { sides: [expected, actual, previous], sensitive } = shownSides(
    [leaf.expected, leaf.actual, leaf.previous],
    { marks: leaf.marks, isSecretName: secretNamesOf(object, providers), secrets },
  );
  return {
    path: secrets.scrubPath(leaf.path),
    sensitive,
    origin: leaf.kind === "observed" ? "outside" : leaf.kind,
    expected,
    actual,
    ...(leaf.kind === "both" ? { previous } : {}),
    isNew,
    firstSeenAt,
    ...upgradeIn([known], action === "update" && isOfProvider(entry, leaf, noise)),
    ...(flapping ? { flapping } : {}),
  };
}
