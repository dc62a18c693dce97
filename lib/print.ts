/**
 * Output, for people and pipes.
 *
 * @module
 */

/** Where output goes: stdout or stderr. */
export interface Output {
  /** Writes some of the bytes; gives how many. */
  write(bytes: Uint8Array): Promise<number>;
}

/** Writes a text to stdout, or elsewhere, whole: one write may take only a part of it. */
export async function print(text: string, output: Output = Deno.stdout): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += await output.write(bytes.subarray(done));
}

/** Results of a run, for a reader who may have read enough before the end. */
export class Results {
  #isReaderGone = false;

  /** Results go to stdout, unless a test wants them elsewhere. */
  constructor(private readonly output: Output = Deno.stdout) {}

  /** The reader closed the pipe, as `head` does: nothing is printed any more, and that is nobody's failure. */
  get isReaderGone(): boolean {
    return this.#isReaderGone;
  }

  /** Writes a text whole, or as much of it as the reader wants. */
  async print(text: string): Promise<void> {
    if (this.#isReaderGone) return;
    try {
      await print(text, this.output);
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      this.#isReaderGone = true;
    }
  }
}
