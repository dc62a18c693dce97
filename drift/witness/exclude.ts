/**
 * `exclude` rules: guests that are meant to be in no state, and things on managed guests that are meant to be beyond the
 * plan. A rule with `what` is about the second alone. Pure.
 *
 * @module
 */

import { matchesGlob } from "../../lib/glob.ts";
import { isOver } from "../../lib/last_day.ts";
import type { GuestKind, ListedGuest } from "../../lib/proxmox_api/types.ts";
import type { Diagnostic } from "../report.ts";

/** What an operator sets aside. All that a rule names must fit. */
export interface ExcludeRule {
  /** Numbers of guests, as `9000-9099` or `101, 9000-9099`. */
  vmid?: string | number;
  /** One of the guest's tags. */
  tag?: string;
  /** The guest's pool; `*` stands for any characters. */
  pool?: string;
  /** What Proxmox calls the guest; `*` stands for any characters. */
  name?: string;
  /** The node that the guest is on. */
  node?: string;
  /** VM or container. */
  type?: GuestKind;
  /** It is a template, or none. */
  template?: boolean;
  /** Something beyond the plan, as the report says it; `*` stands for any characters. */
  what?: string;
  /** Why. */
  reason: string;
  /** The last day that it holds, as `2027-06-30`. */
  until?: string;
}

/** What the rules of one run were found to do. */
export class Exclusions {
  readonly #rules: readonly ExcludeRule[];
  readonly #now: number;
  readonly #matched = new Set<ExcludeRule>();

  /** `now` is in milliseconds since 1970. */
  constructor(rules: readonly ExcludeRule[], now: number) {
    this.#rules = rules;
    this.#now = now;
  }

  /** Whether a guest is meant to be in no state. */
  hasGuest(guest: ListedGuest): boolean {
    return this.#has((rule) => rule.what === undefined && fits(rule, guest));
  }

  /** Whether something on a managed guest is meant to be beyond the plan. */
  hasBeyond(guest: ListedGuest, what: string): boolean {
    return this.#has((rule) => rule.what !== undefined && matchesGlob(rule.what, what) && fits(rule, guest));
  }

  /**
   * Warnings of rules that have expired, and of those that match nothing.
   *
   * @param seen which of the two kinds of rules have been held against all that there is
   */
  warnings(seen: { guests: boolean; beyond: boolean }): Diagnostic[] {
    return this.#rules.flatMap((rule): Diagnostic[] => {
      const name = `exclude rule for ${described(rule)}`, detail = `Its reason was: ${rule.reason}`;
      if (this.#hasExpired(rule)) {
        const summary = `The ${name} has expired on ${rule.until}`;
        return [{ severity: "warning", summary, detail: `It no longer applies. ${detail}` }];
      }
      const isSeen = rule.what === undefined ? seen.guests : seen.beyond;
      if (!isSeen || this.#matched.has(rule)) return [];
      const summary = `The ${name} matches nothing`;
      return [{ severity: "warning", summary, detail: `Remove it if it is no longer needed. ${detail}` }];
    });
  }

  #has(fitting: (rule: ExcludeRule) => boolean): boolean {
    // Each rule that fits counts as used: one of two that overlap must not look idle.
    const found = this.#rules.filter((rule) => !this.#hasExpired(rule) && fitting(rule));
    found.forEach((rule) => this.#matched.add(rule));
    return found.length > 0;
  }

  #hasExpired({ until }: ExcludeRule): boolean {
    return until !== undefined && isOver(until, this.#now);
  }
}

function fits({ vmid, tag, pool, name, node, type, template }: ExcludeRule, guest: ListedGuest): boolean {
  return [
    vmid === undefined || holdsNumber(vmid, guest.id),
    tag === undefined || guest.tags.includes(tag),
    pool === undefined || matchesGlob(pool, guest.pool ?? ""),
    name === undefined || matchesGlob(name, guest.name ?? ""),
    node === undefined || node === guest.node,
    type === undefined || type === guest.kind,
    template === undefined || template === guest.template,
  ].every(Boolean);
}

/** Whether a number stands in a list of numbers and ranges. */
function holdsNumber(list: string | number, id: number): boolean {
  return `${list}`.split(",").some((part) => {
    const [from = NaN, to = from] = part.split("-").map(Number);
    return id >= from && id <= to;
  });
}

/** The rule as the configuration has it, without what says why and how long. */
function described({ reason: _reason, until: _until, ...rest }: ExcludeRule): string {
  return Object.entries(rest).map(([key, value]) => `${key} ${JSON.stringify(value)}`).join(", ");
}
