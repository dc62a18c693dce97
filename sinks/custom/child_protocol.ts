/**
 * What the main process and the child of a `file:` sink say to each other: one JSON document a line, requests on the
 * child's file descriptor 4, answers on its 3. Standard input, output and error belong to the sink, which may fill or
 * close them; descriptors without a name in Deno are out of its way, and need no permission, socket or temporary file.
 *
 * @module
 */

import type { DriftReport, PlainNotice, Probe, SinkLog, SinkOutcome } from "../sink.ts";

/** What the child is told to do. All but `abort` are answered, in the order of the requests. */
export type Request = { id: number } & Order;

/** A request without its number. */
export type Order =
  | { do: "open"; module: string; options: unknown; dryRun: boolean; stateDir: string }
  | { do: "deliver"; report: DriftReport; text: PlainNotice }
  | { do: "settled"; outcomes: SinkOutcome[]; report: DriftReport }
  | { do: "probe" }
  | { do: "close" }
  /** `id` names the request whose time is over. */
  | { do: "abort" };

/** What the child answers to a request, or says by itself. */
export type Answer =
  | { id: number } & Done
  | { id: number; failed: Failed }
  | { log: keyof SinkLog; message: string };

/** The result of a request; empty where it only had to be done. */
export interface Done {
  /** The result of an `open`. */
  opened?: Opened;
  /** The result of a `probe`. */
  probed?: Probe;
}

/** What became of an `open`. */
export interface Opened {
  /** The sink can be asked whether it would deliver. */
  probe: boolean;
  /** The sink wants to know how the others fared. */
  settled: boolean;
  /** The module wants reports of runs that planned nothing. */
  looks?: boolean;
  /** This is a dry run, for which the module does not declare itself fit: the sink was not created. */
  skipped: boolean;
}

/** Why a request failed. */
export interface Failed {
  /** `contract`: the file is no sink, or its options are wrong, which is for the user to put right before a run. */
  kind: "contract" | "sink";
  /** One line. */
  message: string;
  /** The sink wants to be asked again. */
  retryable: boolean;
}

/** Cuts a stream of bytes into lines; keeps what is not yet complete. */
export class Lines {
  #rest = "";
  readonly #decoder = new TextDecoder();

  /** Nothing read yet; `longest` is how many characters a line may have. */
  constructor(readonly longest: number) {}

  /**
   * The lines that end in this chunk.
   *
   * @throws {RangeError} where a line gets too long
   */
  add(chunk: Uint8Array): string[] {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split("\n");
    this.#rest = lines.pop()!;
    if (this.#rest.length > this.longest) {
      throw new RangeError(`Cannot read a line of more than ${this.longest} characters`);
    }
    return lines;
  }
}
