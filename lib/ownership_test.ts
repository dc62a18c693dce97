import { assert, assertEquals, assertRejects } from "@std/assert";
import { refuseIfUntrusted } from "./ownership.ts";

const uid = Deno.uid()!;
const isRoot = uid === 0;

async function withFile(run: (file: string, dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    const file = `${dir}/plugin.ts`;
    await Deno.writeTextFile(file, "");
    await Deno.chmod(file, 0o644);
    await run(file, dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Deno's own call wants to write everywhere. */
async function link(target: string, path: string): Promise<void> {
  const { success } = await new Deno.Command("ln", { args: ["-s", "--", target, path] }).output();
  assert(success);
}

Deno.test("refuseIfUntrusted() accepts a file of the caller's below the sticky temporary folder", () =>
  withFile(async (file) => {
    assertEquals(await refuseIfUntrusted(file, uid), undefined);
  }));

Deno.test("refuseIfUntrusted() accepts a file of root's when somebody else calls", async () => {
  assertEquals(await refuseIfUntrusted("/etc/passwd", 12345), undefined);
});

Deno.test("refuseIfUntrusted() refuses with the cure when everybody may write the file", () =>
  withFile(async (file) => {
    await Deno.chmod(file, 0o646);
    await assertRejects(() => refuseIfUntrusted(file, uid), Error, `everybody may write it; if its content`);
    await assertRejects(() => refuseIfUntrusted(file, uid), Error, `run "chmod go-w ${await Deno.realPath(file)}"`);
  }));

Deno.test("refuseIfUntrusted() counts what a symbolic link leads to", () =>
  withFile(async (file, dir) => {
    await link(file, `${dir}/link`);
    assertEquals(await refuseIfUntrusted(`${dir}/link`, uid), undefined);
    await Deno.chmod(file, 0o666);
    await assertRejects(() => refuseIfUntrusted(`${dir}/link`, uid), Error, `link" (really "`);
  }));

Deno.test("refuseIfUntrusted() refuses when everybody may replace what is in a folder above, the link's own included", () =>
  withFile(async (file, dir) => {
    await Deno.mkdir(`${dir}/open/deep`, { recursive: true });
    await Deno.copyFile(file, `${dir}/open/deep/copy`);
    await link(file, `${dir}/open/link`);
    await Deno.chmod(`${dir}/open`, 0o777);
    for (const path of [`${dir}/open/deep/copy`, `${dir}/open/link`]) {
      await assertRejects(() => refuseIfUntrusted(path, uid), Error, `everybody may replace what is in "`);
    }
    await Deno.chmod(`${dir}/open`, 0o1777);
    assertEquals(await refuseIfUntrusted(`${dir}/open/deep/copy`, uid), undefined);
    assertEquals(await refuseIfUntrusted(`${dir}/open/link`, uid), undefined);
  }));

Deno.test("refuseIfUntrusted() says so with NotFound when the file is missing or the link dangles", () =>
  withFile(async (_file, dir) => {
    await link(`${dir}/nowhere`, `${dir}/link`);
    await assertRejects(() => refuseIfUntrusted(`${dir}/missing`, uid), Deno.errors.NotFound);
    await assertRejects(() => refuseIfUntrusted(`${dir}/link`, uid), Deno.errors.NotFound);
  }));

Deno.test({
  name: `refuseIfUntrusted() refuses a file of somebody else's${
    isRoot ? "" : " (skipped: giving files away takes root)"
  }`,
  ignore: !isRoot,
  fn: () =>
    withFile(async (file) => {
      await Deno.chown(file, 4711, 4711);
      await assertRejects(() => refuseIfUntrusted(file, 0), Error, `must belong to root, belongs to user 4711`);
      await assertRejects(() => refuseIfUntrusted(file, 0), Error, `run "chown root ${await Deno.realPath(file)}"`);
      await assertRejects(() => refuseIfUntrusted(file, 1000), Error, `must belong to root or user 1000`);
      assertEquals(await refuseIfUntrusted(file, 4711), undefined);
    }),
});

Deno.test({
  name: `refuseIfUntrusted() lets root's and the owner's private group write, and no other${
    isRoot ? "" : " (skipped: changing groups takes root)"
  }`,
  ignore: !isRoot,
  fn: () =>
    withFile(async (file) => {
      await Deno.chmod(file, 0o664);
      for (const [owner, group] of [[0, 0], [4711, 0], [4711, 4711]] as const) {
        await Deno.chown(file, owner, group);
        assertEquals(await refuseIfUntrusted(file, 4711), undefined);
      }
      await Deno.chown(file, 0, 4711);
      await assertRejects(() => refuseIfUntrusted(file, 4711), Error, "group 4711 may write it");
    }),
});

Deno.test("refuseIfUntrusted() looks at every link on the way, not only at the first and where the last one ends", () =>
  withFile(async (file, dir) => {
    await Deno.mkdir(`${dir}/open`);
    await Deno.mkdir(`${dir}/closed`);
    await link(file, `${dir}/open/second`);
    await link("../open/second", `${dir}/closed/first`);
    await link("open", `${dir}/by-folder`);
    assertEquals(await refuseIfUntrusted(`${dir}/closed/first`, uid), undefined);
    await Deno.chmod(`${dir}/open`, 0o777);
    for (const path of [`${dir}/closed/first`, `${dir}/by-folder/second`, `${dir}/closed/../open/second`]) {
      await assertRejects(() => refuseIfUntrusted(path, uid), Error, `everybody may replace what is in "`);
    }
  }));

Deno.test({
  name: `refuseIfUntrusted() refuses what the owner of a folder or of a link could replace${
    isRoot ? "" : " (skipped: giving files away takes root)"
  }`,
  ignore: !isRoot,
  fn: () =>
    withFile(async (file, dir) => {
      await Deno.mkdir(`${dir}/theirs/deep`, { recursive: true });
      await Deno.copyFile(file, `${dir}/theirs/deep/copy`);
      await link(file, `${dir}/link`);
      await Deno.chown(`${dir}/theirs`, 4711, 4711);
      await new Deno.Command("chown", { args: ["-h", "4711", `${dir}/link`] }).output();
      await assertRejects(
        () => refuseIfUntrusted(`${dir}/theirs/deep/copy`, 0),
        Error,
        `user 4711 may replace what is in "${dir}/theirs"; run "chown root ${dir}/theirs"`,
      );
      await assertRejects(
        () => refuseIfUntrusted(`${dir}/link`, 0),
        Error,
        `user 4711 may point the link "${dir}/link"`,
      );
      for (const path of [`${dir}/theirs/deep/copy`, `${dir}/link`]) {
        assertEquals(await refuseIfUntrusted(path, 4711), undefined);
      }
    }),
});
