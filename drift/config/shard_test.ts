import { assert, assertEquals, assertThrows } from "@std/assert";
import { jumpHash, namesOf, resolveShard, shardOf } from "./shard.ts";
import { UsageError } from "../usage_error.ts";

const names = Array.from({ length: 1000 }, (_, at) => `env-${at}`);

Deno.test("jumpHash() gives what other implementations of it give", () => {
  // The values that the tests of the Go and C++ libraries of this algorithm have.
  const known = [[1n, 1, 0], [42n, 57, 43], [0xDEAD10CCn, 1, 0], [0xDEAD10CCn, 666, 361], [256n, 1024, 520]] as const;
  for (const [key, buckets, bucket] of known) assertEquals(jumpHash(key, buckets), bucket, `${key} ${buckets}`);
});

Deno.test("shardOf() never changes", () => {
  // Pinned: another assignment would make every host check what another one remembers.
  assertEquals(["prod", "staging", "lab", "dc1.web_01"].map((name) => shardOf(name, 5)), [5, 2, 5, 3]);
});

Deno.test("shardOf() puts each environment into exactly one shard, and no shard gets far more than its part", () => {
  for (const  of of[1, 2, 3, 7, 16, 50]) {
    const counts = new Array(of).fill(0);
    for (const name of names) counts[shardOf(name, of) - 1]++;
    assertEquals(counts.length, of);
    assertEquals(counts.reduce((sum, count) => sum + count, 0), names.length);
    // Six standard deviations of what chance gives.
    const mean = names.length / of, most = mean + 6 * Math.sqrt(mean);
    assert(Math.max(...counts) <= most, `${of}: ${counts}`);
  }
});

Deno.test("shardOf() moves environments to a new shard only", () => {
  for (const  of of[1, 2, 5, 12]) {
    const moved = names.filter((name) => shardOf(name, of) !== shardOf(name, of + 1));
    assert(moved.every((name) => shardOf(name, of + 1) === of + 1));
    assert(moved.length > 0 && moved.length < 1.5 * names.length / (of + 1), `${of}: ${moved.length}`);
  }
});

Deno.test("resolveShard() takes the index of an Indexed Job, which counts from 0", () => {
  assertEquals(resolveShard({ index: "auto", of: 3 }, { JOB_COMPLETION_INDEX: "0" }), { index: 1, of: 3 });
  assertEquals(resolveShard({ index: "auto", of: 3 }, { JOB_COMPLETION_INDEX: "2" }), { index: 3, of: 3 });
  assertEquals(resolveShard({ index: 2, of: 3 }, { JOB_COMPLETION_INDEX: "0" }), { index: 2, of: 3 });
});

Deno.test("resolveShard() refuses to guess", () => {
  const auto = (env: Record<string, string>) => () => resolveShard({ index: "auto", of: 3 }, env);
  assertThrows(auto({}), UsageError, '"--shard auto/3" needs JOB_COMPLETION_INDEX');
  for (const given of ["3", "-1", "", "x", "1.5", "1e1"]) {
    assertThrows(
      auto({ JOB_COMPLETION_INDEX: given }),
      UsageError,
      `from 0 to 2 with "--shard auto/3", got "${given}"`,
    );
  }
});

Deno.test("namesOf() shares names out and keeps their order", () => {
  const shares = [1, 2, 3].map((index) => namesOf({ index, of: 3 }, names));
  assertEquals(shares.flat().sort(), names.toSorted());
  for (const share of shares) assertEquals(share, names.filter((name) => share.includes(name)));
});
