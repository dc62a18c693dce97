/**
 * What is said of a finding: what it is, where it stands in the code, and the ways out of it. Types alone, plain JSON.
 *
 * @module
 */

import type { Change, CheckError, UnmanagedGuest } from "../report.ts";
import type { CodeAnswer } from "./code/code_answer.ts";

/** One thing that somebody has to decide about. */
export type Subject =
  | { kind: "change"; environment: string; change: Change }
  | { kind: "guest"; cluster: string; guest: UnmanagedGuest }
  | { kind: "error"; environment: string; error: CheckError };

/** A finding with its ways out. */
export interface Explanation {
  /** The finding. */
  subject: Subject;
  /** What people type to ask about it: a resource address, of a guest its kind and number; absent of an error. */
  address?: string;
  /** What the code says of it; absent where nobody looked. */
  code?: CodeAnswer;
  /** In the order in which a careful administrator would take them. */
  ways: Way[];
}

/** One way out of a finding. */
export interface Way {
  /** Which of the ways it is. */
  kind: "put-back" | "keep" | "adopt" | "accept" | "repair";
  /** One line. */
  title: string;
  /** In this order; all of them are needed. */
  steps: WayStep[];
  /** What it does besides, or what is lost. */
  danger?: string;
}

/** One step of a way. */
export type WayStep =
  /** A line for a shell. */
  | { kind: "command"; line: string }
  /** What a person does or looks at. */
  | { kind: "text"; text: string }
  /** Lines for a file; `where` names it. */
  | { kind: "lines"; where: string; lines: string }
  /** A change of the code, for `git apply` in `base`. */
  | { kind: "patch"; base: string; patch: string };
