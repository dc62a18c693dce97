/**
 * What a run asks one cluster's witness besides its checks: which guests no state knows, what waits for a restart, what is
 * beyond the plans, and who asked for what is new. It looks at guests while the checks plan, and concludes after them.
 *
 * @module
 */

import { messageOf } from "../../lib/message_of.ts";
import type { Cluster, Environment } from "../config/config.ts";
import type { KnownDevices } from "../providers/provider.ts";
import type { Diagnostic, EnvironmentReport, WitnessReport } from "../report.ts";
import { type GuestClaim, guestKey, type RememberedGuests } from "../witness/claims.ts";
import { type ClusterMemory, recallCluster, type Recalled, rememberCluster } from "../witness/cluster_memory.ts";
import { type Details, lookAt, onNodes } from "../witness/details.ts";
import { isAccountedFor } from "../witness/beyond.ts";
import { Exclusions } from "../witness/exclude.ts";
import { claimedTwice, type Claims } from "../witness/inventory.ts";
import { insecureWarning, recycledWarnings, warning } from "../witness/warnings.ts";
import { look, type LookSubject } from "../witness/look.ts";
import type { Seen } from "../witness/seen.ts";
import { type Findings, type ReportRules, witnessReport } from "../witness/report.ts";
import { silenceError } from "../witness/silence_error.ts";
import {
  type Base,
  type Heard,
  type Listing,
  nodesOf,
  type Silence,
  silenceOf,
  type Witness,
} from "../witness/witness.ts";
import type { CheckResult } from "./check_result.ts";
import { memoryOf } from "./memory.ts";
import { withRecords } from "./record_search.ts";

/** What a survey needs of the run that it is part of. */
export interface SurveyDeps {
  /** Absolute path. */
  stateDir: string;
  /** Every configured environment of the cluster. */
  environments: readonly Environment[];
  /** There may be environments of the cluster that the run knows nothing of. */
  isShard: boolean;
  /** Show no values. */
  isHidden: boolean;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Guests are looked at as soon as somebody plans, and not before. */
  isIfChanged: boolean;
}

/** What a survey came to. */
export interface Concluded {
  /** On the cluster; absent where nobody asked it anything. */
  report?: WitnessReport;
  /** The reports of the cluster's environments, with what was recorded of their changes and with warnings. */
  environments: EnvironmentReport[];
}

/** What was read while the checks planned. */
interface Ahead {
  base: Heard<Base>;
  listing: Heard<Listing>;
  /** When the list was asked for; ISO 8601, UTC. */
  listedAt: string;
  details: Details;
  /** What the environments claimed before the run. */
  before: Claims;
  /** What the last run knew of the cluster. */
  recalled: Recalled;
}

/** The survey of one cluster. */
export class Survey {
  readonly #cluster: Cluster;
  readonly #witness: Witness;
  readonly #deps: SurveyDeps;
  #ahead?: Promise<Ahead>;
  /** What the environments claimed before the run; absent until somebody wants to know. */
  #before?: Promise<Claims>;
  /** Absent until all of it is read. */
  #read?: Ahead;

  /** Begins to look, unless that is for later. */
  constructor(cluster: Cluster, witness: Witness, deps: SurveyDeps) {
    this.#cluster = cluster;
    this.#witness = witness;
    this.#deps = deps;
    if (!deps.isIfChanged) this.begin();
  }

  /** Begins to look at guests, if that has not been done yet: an environment of the cluster is about to be planned. */
  begin(): void {
    if (this.#ahead) return;
    this.#ahead = this.#lookAhead().then((ahead) => this.#read = ahead);
    // Nobody may wait for it before the checks are done.
    this.#ahead.catch(() => {});
  }

  /** Looks at an environment of the cluster, to tell whether anything has changed. */
  async look(subject: Pick<LookSubject, "claims" | "watched" | "salt">): Promise<Heard<Seen>> {
    const claimed = new Set(claimsIn(await (this.#before ??= this.#claims())).map(guestKey));
    const exclusions = new Exclusions(this.#cluster.exclude, this.#deps.now());
    return await look(this.#witness, { ...subject, exclusions, isClaimed: (key) => claimed.has(key) });
  }

  /**
   * Whether a plan is wanted that tells which devices of these guests are Terraform's: not where the last look, and what was
   * known then, account for all of them. Reading a plan that changes nothing costs more than all questions to Proxmox.
   */
  wantsDevices(guests: readonly GuestClaim[]): boolean {
    if (!this.#cluster.details) return false;
    if (!this.#read) return true;
    const { details: { looks }, before, recalled: { memory } } = this.#read;
    const claimed = new Set(claimsIn(before).map(guestKey));
    const looked = new Map(looks.map((look) => [guestKey(look.guest), look]));
    return guests.map(guestKey).some((key) => {
      const look = looked.get(key), last = memory.guests[key];
      // One that cannot be read has no devices to tell of.
      return look ? !last || !isAccountedFor(look.pending, last, memory.salt) : !claimed.has(key);
    });
  }

  async #lookAhead(): Promise<Ahead> {
    const listedAt = new Date(this.#deps.now()).toISOString();
    const { stateDir, now } = this.#deps;
    const [recalled, before, base, listing] = await Promise.all([
      recallCluster(stateDir, this.#cluster.name, now()),
      this.#before ??= this.#claims(),
      this.#witness.base(),
      this.#witness.guestsSince(0),
    ]);
    const claimed = new Set(claimsIn(before).map(guestKey));
    const details = await this.#details(base, listing, (key) => claimed.has(key));
    return { base, listing, listedAt, details, before, recalled };
  }

  /** Looks at the guests that are wanted, where the cluster says that they are. */
  async #details(base: Heard<Base>, listing: Heard<Listing>, isWanted: (key: string) => boolean): Promise<Details> {
    if (!this.#cluster.details || "silence" in listing) return { looks: [] };
    const guests = listing.said.guests.filter((guest) => isWanted(guestKey(guest)));
    return await lookAt(this.#witness, onNodes(guests, nodesOf(base, false)));
  }

  /**
   * Draws up the report after all checks. Never rejects: what goes wrong costs no environment its verdict.
   *
   * @param results Those of the cluster's environments.
   */
  async conclude(results: readonly CheckResult[]): Promise<Concluded> {
    try {
      return this.#ahead ? await this.#conclusion(results, this.#ahead) : await this.#lookedOnly(results);
    } catch (error) {
      return { report: this.#faultReport(error), environments: results.map(({ report }) => report) };
    }
  }

  #faultReport(error: unknown): WitnessReport {
    const { name } = this.#cluster, { endpoint, askedAt = new Date(this.#deps.now()).toISOString() } = this.#witness;
    const nothing = { unmanaged: [], waiting: [], beyond: [] };
    return { cluster: name, endpoint, askedAt, error: silenceError(name, silenceOf(error)), ...nothing };
  }

  /** Where nothing was planned, only whether the cluster answered is worth a word. */
  async #lookedOnly(results: readonly CheckResult[]): Promise<Concluded> {
    const environments = results.map(({ report }) => report);
    const { askedAt, endpoint, cluster } = this.#witness;
    if (askedAt === undefined) return { environments };
    const base = await this.#witness.base(), silence = silenceIn(base) ?? silenceIn(await this.#witness.guestsSince(0));
    const report: WitnessReport = {
      cluster,
      endpoint,
      askedAt,
      isLook: true,
      ...("said" in base ? { version: base.said.version } : {}),
      ...(silence ? { error: silenceError(cluster, silence) } : {}),
      unmanaged: [],
      waiting: [],
      beyond: [],
    };
    return { report, environments };
  }

  async #conclusion(results: readonly CheckResult[], looking: Promise<Ahead>): Promise<Concluded> {
    const { now } = this.#deps, { name } = this.#cluster;
    const [ahead, after] = await Promise.all([looking, this.#claims()]);
    const { recalled } = ahead;
    const exclusions = new Exclusions(this.#cluster.exclude, now());
    const rules: ReportRules = { ...this.#cluster, exclusions, now: now(), isHidden: this.#deps.isHidden };
    const details = await this.#allDetails(ahead, after);
    const findings = this.#findings(ahead, after, details, results);
    const { report, recycled, memory } = await this.#confirmed(findings, rules, recalled.memory);
    const seen = { guests: report.guests !== undefined, beyond: findings.isCovered && isLookedAt(report) };
    const problems = [
      ...this.#cluster.insecure ? [insecureWarning(name)] : [],
      ...recalled.problem === undefined ? [] : [warning(recalled.problem)],
      // What was cut short is told again by the next run.
      ...findings.error?.class === "interrupted" ? [] : await this.#remember(memory),
      ...exclusions.warnings(seen),
    ];
    const twice = claimedTwice(after);
    const traced = await withRecords(results.map((result) => result.report), {
      witness: this.#witness,
      cluster: this.#cluster,
      base: ahead.base,
      listing: ahead.listing,
      before: ahead.before,
      after,
      now,
    });
    return {
      report,
      environments: traced.map((one) => ({
        ...one,
        // Nothing was looked at there.
        warnings: one.skipped ? one.warnings : [
          ...one.warnings,
          ...problems,
          ...twice.flatMap(({ environments, warning }) => environments.includes(one.name) ? [warning] : []),
          ...recycledWarnings(one, after.get(one.name)?.claims ?? [], recycled),
        ],
      })),
    };
  }

  /** Looks also at the guests that nobody claimed before the run. */
  async #allDetails(ahead: Ahead, after: Claims): Promise<Details> {
    if (ahead.details.silence) return ahead.details;
    const known = new Set(claimsIn(ahead.before).map(guestKey));
    const claimed = new Set(claimsIn(after).map(guestKey));
    const { looks, silence } = await this.#details(
      ahead.base,
      ahead.listing,
      (key) => claimed.has(key) && !known.has(key),
    );
    // One that nobody claims any more is none of ours.
    const still = ahead.details.looks.filter(({ guest }) => claimed.has(guestKey(guest)));
    return { looks: [...still, ...looks], ...(silence ? { silence } : {}) };
  }

  #findings(ahead: Ahead, claims: Claims, details: Details, results: readonly CheckResult[]): Findings {
    const { name, details: isDetailed } = this.#cluster, { listing, base, listedAt } = ahead;
    const silence = silenceIn(base) ?? silenceIn(listing) ?? details.silence;
    const checked = new Set(results.filter(({ report }) => !report.skipped).map(({ report }) => report.name));
    const addresses = [...claims].filter(([environment]) => checked.has(environment))
      .flatMap(([, one]) => one.claims.map((claim) => [guestKey(claim), claim.address] as const));
    return {
      cluster: name,
      endpoint: this.#witness.endpoint,
      ...("said" in base ? { version: base.said.version } : {}),
      askedAt: this.#witness.askedAt ?? listedAt,
      ...(silence ? { error: silenceError(name, silence) } : {}),
      ...("said" in listing ? { listing: { guests: listing.said.guests, listedAt } } : {}),
      claims,
      isCovered: !this.#deps.isShard && claims.size === this.#deps.environments.length,
      ...(isDetailed && "said" in listing ? { looks: details.looks } : {}),
      devices: devicesIn(results),
      addresses: new Map(addresses),
    };
  }

  /** The report, after a further look at strangers that are new: an apply may have taken them away meanwhile. */
  async #confirmed(findings: Findings, rules: ReportRules, memory: ClusterMemory) {
    const first = witnessReport(findings, rules, memory);
    if (!findings.listing || !first.report.unmanaged.some(({ isNew }) => isNew)) return first;
    const again = await this.#witness.guestsSince(this.#witness.now());
    if ("silence" in again) {
      return { ...first, report: { ...first.report, unmanaged: first.report.unmanaged.filter(isOld) }, memory };
    }
    const still = new Map(again.said.guests.map((guest) => [guestKey(guest), guest]));
    const guests = findings.listing.guests.flatMap((guest) => still.get(guestKey(guest)) ?? []);
    return witnessReport({ ...findings, listing: { ...findings.listing, guests } }, rules, memory);
  }

  async #remember(memory: ClusterMemory): Promise<Diagnostic[]> {
    try {
      await rememberCluster(this.#deps.stateDir, this.#cluster.name, memory);
      return [];
    } catch (error) {
      return [warning(
        `Cannot write the memory of cluster "${this.#cluster.name}": ${messageOf(error)}`,
        "The next run will tell again of guests and devices that this one has told of.",
      )];
    }
  }

  /** What the environments are remembered to claim, of those that are proven to be of this cluster. */
  async #claims(): Promise<Claims> {
    const { environments, stateDir, now } = this.#deps;
    const all = await Promise.all(environments.map(async ({ name }): Promise<[string, RememberedGuests][]> => {
      const store = memoryOf(name, { stateDir, now, isTrial: true });
      const guests = (await store.load().catch(() => undefined))?.memory?.guests;
      return guests?.cluster === this.#cluster.name ? [[name, guests]] : [];
    }));
    return new Map(all.flat());
  }
}

function claimsIn(claims: Claims): GuestClaim[] {
  return [...claims.values()].flatMap((one) => one.claims);
}

function devicesIn(results: readonly CheckResult[]): Map<string, KnownDevices> {
  const known = new Map<string, KnownDevices>();
  for (const { guests } of results) {
    for (const claim of guests?.claims ?? []) {
      const devices = guests!.devices.get(claim.address);
      if (devices) known.set(guestKey(claim), devices);
    }
  }
  return known;
}

function silenceIn<T>(heard: Heard<T>): Silence | undefined {
  return "silence" in heard ? heard.silence : undefined;
}

function isOld({ isNew }: { isNew: boolean }): boolean {
  return !isNew;
}

function isLookedAt({ looked, error }: WitnessReport): boolean {
  return looked !== undefined && error === undefined;
}
