import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { adviceOn, type Bar, barOnTheWay, type Caller, openingOf, openingsTo, thisCaller, wayIn } from "./access.ts";

const CALLER: Caller = { uid: 990, groups: [990, 44], groupName: "pve-drift" };
const bar = (rest: Partial<Bar>): Bar => ({
  path: "/srv/infra",
  missing: "x",
  owner: 0,
  group: 0,
  mode: 0o700,
  ...rest,
});

Deno.test("openingOf() lets in by the user's own group, and by no more than is needed", () => {
  assertEquals(openingOf(bar({}), CALLER), "chgrp pve-drift /srv/infra && chmod g+x /srv/infra");
  assertEquals(openingOf(bar({ missing: "rx", group: 44 }), CALLER), "chmod g+rx /srv/infra");
  assertEquals(openingOf(bar({ missing: "r", owner: 990 }), CALLER), "chmod u+r /srv/infra");
  assertEquals(
    openingOf(bar({ missing: "rx", path: "/srv/my infra" }), CALLER, true),
    "chgrp -R pve-drift '/srv/my infra' && chmod -R g+rX '/srv/my infra'",
  );
});

Deno.test("openingOf() names the unit's setting where it is the unit that hides the homes", () => {
  assertEquals(
    openingOf(bar({ path: "/home", mode: 0 }), CALLER),
    'systemctl edit pve-drift-check.service, with the lines "[Service]" and "ProtectHome=read-only"',
  );
});

async function inFolder(test: (dir: string, caller: Caller) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ dir: "/tmp", prefix: "pve-drift-test-" });
  try {
    await test(dir, await thisCaller());
  } finally {
    await Deno.chmod(join(dir, "a"), 0o700).catch(() => {});
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("barOnTheWay() finds nothing where nothing bars the way, or the path leads nowhere", () =>
  inFolder(async (dir) => {
    assertEquals(await barOnTheWay(dir, "read"), undefined);
    assertEquals(await barOnTheWay(dir, "write"), undefined);
    assertEquals(await barOnTheWay(join(dir, "none/at/all"), "read"), undefined);
    assertEquals(await wayIn(dir, "read"), undefined);
  }));

Deno.test({
  name: `barOnTheWay() names the first folder that bars the way, else the path itself${
    Deno.uid() === 0 ? " (skipped: root may read everything)" : ""
  }`,
  ignore: Deno.uid() === 0,
  fn: () =>
    inFolder(async (dir, caller) => {
      const folder = join(dir, "a"), file = join(folder, "main.tf");
      await Deno.mkdir(folder, { mode: 0o700 });
      await Deno.writeTextFile(file, "");
      await Deno.chmod(file, 0);
      assertEquals(await openingsTo(folder, caller), [`chmod -R u+rX ${folder}`]);
      assertEquals(await wayIn(file, "read"), `run "chmod u+r ${file}"`);
      await Deno.chmod(folder, 0o500);
      assertEquals(await wayIn(folder, "write"), `run "chmod u+wx ${folder}"`);
      await Deno.chmod(folder, 0);
      assertEquals(await openingsTo(folder, caller), [`chmod -R u+rX ${folder}`]);
      assertEquals(await wayIn(file, "read"), `run "chmod u+x ${folder}"`);
    }),
});

Deno.test("adviceOn() leaves what is a service's own to root, who runs it as that service does", () => {
  const theirs = { owner: 980, group: 980, mode: 0o750 };
  const advice = (path: string, rest: Partial<Bar>) => adviceOn(bar({ path, ...theirs, ...rest }), CALLER);
  assertEquals(advice("/var/lib/pve-drift", { missing: "wx" }), "run it as root");
  assertEquals(advice("/etc/pve-drift", { owner: 0 }), "run it as root");
  assertEquals(
    advice("/etc/infra", { owner: 0, group: 0 }),
    'run "chgrp pve-drift /etc/infra && chmod g+x /etc/infra"',
  );
  assertEquals(advice("/srv/infra", {}), 'run "chgrp pve-drift /srv/infra && chmod g+x /srv/infra"');
});
