/**
 * Somebody at a terminal: reads what a program shows, types when asked, and is counted.
 *
 * @module
 */

/** What was typed, and for what. */
export interface Step {
  /** What the person did, for a reader. */
  what: string;
  /** When, in milliseconds since the person sat down. */
  at: number;
}

/** How long a program may take until it shows what is waited for, in milliseconds. */
const PATIENCE_MS = 180_000;

// deno-lint-ignore no-control-regex -- colors, and how Inquirer moves the cursor
const ESCAPES = /\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]/g;

/** A person. Disposing of one closes the terminal. */
export class Typist implements AsyncDisposable {
  /** All that a person had to do. */
  readonly steps: Step[] = [];
  readonly #began = Date.now();
  readonly #child: Deno.ChildProcess;
  readonly #keys: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  #screen = "";
  #read = 0;
  #changed = Promise.withResolvers<void>();

  /** Sits down before a shell in a terminal. `program` is what `script` starts, or what enters elsewhere before. */
  constructor(program: string, args: readonly string[]) {
    this.#child = new Deno.Command(program, {
      args: [...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
      // `script` runs this shell: not that of whoever runs the tests.
      env: { SHELL: "/bin/sh" },
    }).spawn();
    this.#keys = this.#child.stdin.getWriter();
    this.#reading = this.#readAll();
  }

  async #readAll(): Promise<void> {
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.#screen += text;
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    }
    this.#changed.resolve();
  }

  /** Everything that was shown, without colors. */
  get screen(): string {
    return this.#screen.replaceAll(ESCAPES, "").replaceAll("\r", "");
  }

  /**
   * Waits until something is shown that was not waited for before.
   *
   * @throws {Error} with the screen, where it is not shown in time
   */
  async sees(pattern: RegExp, patienceMs: number = PATIENCE_MS): Promise<string> {
    const end = Date.now() + patienceMs;
    for (;;) {
      const found = pattern.exec(this.screen.slice(this.#read));
      if (found) {
        this.#read += found.index + found[0].length;
        return found[0];
      }
      const left = end - Date.now();
      if (left <= 0) {
        throw new Error(`Nobody showed ${pattern} in time; on the screen:\n${this.screen.slice(-3000)}`);
      }
      let timer;
      const late = new Promise<void>((resolve) => timer = setTimeout(resolve, left));
      await Promise.race([this.#changed.promise, late]);
      clearTimeout(timer);
    }
  }

  /** Types a line and Enter, which counts. */
  async types(line: string, what: string): Promise<void> {
    this.did(what);
    await this.#keys.write(new TextEncoder().encode(`${line}\r`));
  }

  /** Presses a key, as `\x03` for Ctrl-C. */
  async presses(key: string): Promise<void> {
    await this.#keys.write(new TextEncoder().encode(key));
  }

  /** Counts something that a person does elsewhere. */
  did(what: string): void {
    this.steps.push({ what, at: Date.now() - this.#began });
  }

  /** Leaves. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#keys.close().catch(() => {});
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // has ended
    }
    await this.#child.status;
    await this.#reading;
  }
}
