import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { withSetup } from "../../tests/support/setup.ts";
import { timer } from "./setup_timer.ts";

const ENABLE = "systemctl enable --now pve-drift-check.timer";

Deno.test("timer turns the timer on where somebody wants that, and asks for a first check", () =>
  withSetup(async (site) => {
    site.machine = (_program, verb) => Promise.resolve({ code: verb === "is-enabled" ? 1 : 0, said: "" });
    assertEquals(await timer.run(site.setup([["Check every morning", false]])), {});
    assertEquals(site.commands.includes(ENABLE), false);
    assertEquals(await timer.run(site.setup([["Check every morning", true]])), { checksNow: true });
    assertEquals(site.commands.at(-1), ENABLE);
    site.said();
    site.machine = () => Promise.resolve({ code: 0, said: "enabled" });
    assertEquals(await timer.run(site.setup()), {});
    assertStringIncludes(site.said(), "is on already");
  }));

Deno.test("timer leaves it to root, and says what is not there or does not work", () =>
  withSetup(async (site) => {
    site.machine = (_program, verb) =>
      Promise.resolve(verb === "is-enabled" ? { code: 1, said: "" } : { code: 1, said: "Failed to connect to bus" });
    const places = { ...site.setup().places, isService: false };
    assertEquals(await timer.run(site.setup([], { places })), { forRoot: [ENABLE] });
    await assertRejects(
      () => timer.run(site.setup([["Check every morning", true]])),
      Error,
      `Cannot run "${ENABLE}": Failed to connect to bus`,
    );
    site.said();
    const missing = "Failed to get unit file state for pve-drift-check.timer: No such file or directory";
    for (
      const ran of [{ code: 1, said: missing }, { code: 127, said: "no systemctl" }, { code: 4, said: "not-found" }]
    ) {
      site.machine = () => Promise.resolve(ran);
      assertEquals(await timer.run(site.setup()), {});
      assertStringIncludes(site.said(), 'systemd has no "pve-drift-check.timer" here');
    }
  }));
