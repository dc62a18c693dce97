/**
 * How `setup` speaks with a person, or with a script that has answered beforehand.
 *
 * @module
 */

import { visible } from "../../lib/visible.ts";
import { wrap } from "../../lib/wrap.ts";
import { UsageError } from "../usage_error.ts";
import type { World } from "../world.ts";

/** A question that wants a text. */
export interface Question {
  /** Without a colon at its end. */
  message: string;
  /** What is taken where nothing is typed. */
  usual?: string;
  /** Why an answer does not do, as a sentence without a full stop; nothing where it does. */
  problem?(answer: string): string | undefined | Promise<string | undefined>;
}

/** The two ends of a conversation. */
export interface Dialog {
  /** Nobody answers: what a question would ask must be on the command line. */
  readonly isUnattended: boolean;
  /** Shows what a step is about. */
  title(text: string): Promise<void>;
  /** Shows a paragraph, wrapped. */
  say(text: string): Promise<void>;
  /** Shows lines as they are, to be copied or read as a file. */
  show(lines: readonly string[]): Promise<void>;
  /** Asks for a text. */
  ask(question: Question): Promise<string>;
  /** Asks for a text that nobody may read from the screen. */
  askSecret(question: Question): Promise<string>;
  /** Asks whether to do something. `usual` is what is taken where nothing is typed: yes where it is not given. */
  confirm(message: string, usual?: boolean): Promise<boolean>;
}

/** The person at the terminal left, or the process was told to end. */
export class Stopped extends Error {
  /** Tells it from failures. */
  override readonly name = "Stopped";
}

const INDENT = "  ";
const WIDEST = 100;

type Said = Pick<Dialog, "title" | "say" | "show">;

function teller({ print, view }: Pick<World, "print" | "view">): Said {
  const width = (Number.isFinite(view.columns) ? Math.min(view.columns, WIDEST) : view.columns) - INDENT.length;
  const lines = (texts: readonly string[]) =>
    print(texts.map((line) => `${INDENT}${visible(line)}`.trimEnd() + "\n").join(""));
  return {
    title: (text) => print(view.color ? `\n\x1b[1m${text}\x1b[0m\n` : `\n${text}\n`),
    say: (text) => lines(wrap(visible(text), width)),
    show: (texts) => lines(texts.map((text) => `${INDENT}${text}`)),
  };
}

/**
 * A conversation in a terminal. Loads Inquirer.
 *
 * @param stop Ends a question that is open.
 */
export async function terminalDialog(world: World, stop: AbortSignal): Promise<Dialog> {
  // Inquirer learns of "--color never" in no other way.
  if (!world.view.color) Deno.env.set("NO_COLOR", "1");
  const [{ default: confirm }, { default: input }, { default: password }] = await Promise.all([
    import("@inquirer/confirm"),
    import("@inquirer/input"),
    import("@inquirer/password"),
  ]);
  const answered = async <Answer>(answer: Promise<Answer>): Promise<Answer> => {
    try {
      return await answer;
    } catch (error) {
      if (["ExitPromptError", "AbortPromptError"].includes((error as Error).name)) throw new Stopped();
      throw error;
    }
  };
  const validate = ({ problem }: Question) => async (answer: string) => {
    return await problem?.(answer.trim()) ?? true;
  };
  return {
    ...teller(world),
    isUnattended: false,
    async ask(question) {
      const { message, usual } = question;
      const asked = {
        message: `${message}:`,
        validate: validate(question),
        ...usual === undefined ? {} : { default: usual },
      };
      return (await answered(input(asked, { signal: stop }))).trim();
    },
    async askSecret(question) {
      const asked = {
        message: `${question.message}:`,
        // Ctrl-T would show it.
        toggleMask: false,
        theme: { style: { maskedText: "(hidden)" } },
        validate: validate(question),
      };
      return (await answered(password(asked, { signal: stop }))).trim();
    },
    confirm: (message, usual = true) => answered(confirm({ message, default: usual }, { signal: stop })),
  };
}

/** A conversation with nobody: a question of yes or no is answered as usual, any other is a usage error. */
export function unattendedDialog(world: World): Dialog {
  const nobody = ({ message }: Question) =>
    Promise.reject(new UsageError(`Cannot ask for "${message}" with "--yes": give it as an option`));
  return {
    ...teller(world),
    isUnattended: true,
    ask: nobody,
    askSecret: nobody,
    confirm: (_, usual = true) => Promise.resolve(usual),
  };
}
