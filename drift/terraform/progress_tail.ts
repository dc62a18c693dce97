/**
 * How far a running plan has come, from the stdout file that it is still writing.
 *
 * @module
 */

/**
 * Reads what was written since the last call, and returns how many objects were refreshed from the beginning. For a
 * live line: never fails, and holds nothing open between the calls.
 */
export type ProgressTail = () => Promise<number>;

const MARK = '"type":"refresh_complete"';

/** Follows the stdout file of a `plan -json`, which need not exist yet and may be replaced by that of another run. */
export function refreshedSoFar(file: string): ProgressTail {
  let inode: number | null | undefined;
  let offset = 0;
  let count = 0;
  let rest = "";
  return async () => {
    try {
      using handle = await Deno.open(file);
      const { ino } = await handle.stat();
      if (ino !== inode) [inode, offset, count, rest] = [ino, 0, 0, ""];
      await handle.seek(offset, Deno.SeekMode.Start);
      const decoder = new TextDecoder();
      const buffer = new Uint8Array(64 * 1024);
      for (let n = await handle.read(buffer); n; n = await handle.read(buffer)) {
        offset += n;
        const text = rest + decoder.decode(buffer.subarray(0, n), { stream: true });
        count += text.split(MARK).length - 1;
        rest = text.slice(-(MARK.length - 1)); // a mark cut in two; too short to hold a whole one
      }
    } catch { /* not there yet, or gone: what was counted stays */ }
    return count;
  };
}
