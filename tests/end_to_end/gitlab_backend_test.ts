/** The check of environments whose states GitLab keeps: roles, locks and wrong tokens, against a strict imitation. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { Estate, simple } from "../support/estate.ts";
import { type GitlabStates, type Member, serveGitlabStates } from "../support/gitlab_states.ts";
import { testWith } from "../support/programs.ts";

const OWNER: Member = { username: "alice", token: "glpat-owner-0123456789", role: "maintainer" };
const READER: Member = { username: "pve-drift", token: "glpat-reader-9876543210", role: "developer" };
const BACKEND = 'terraform {\n  backend "http" {}\n}\n';

interface Place {
  estate: Estate;
  gitlab: GitlabStates;
  /** Writes the file of variables that holds a member's token. */
  login: (member: Pick<Member, "username" | "token">) => Promise<void>;
}

/** An environment `prod`, applied by its owner. */
function gitlabTest(title: string, fn: (place: Place) => Promise<void>): void {
  testWith(["terraform"], `state in GitLab: ${title}`, async () => {
    await using gitlab = serveGitlabStates([OWNER, READER]);
    await using estate = await Estate.create({
      prod: { ...simple("web", BACKEND), "gitlab.hcl": gitlab.settings("prod") },
    });
    const login: Place["login"] = ({ username, token }) =>
      Deno.writeTextFile(
        join(estate.dir, "prod.env"),
        `TF_HTTP_USERNAME=${username}\nTF_HTTP_PASSWORD='${token}'\n`,
        { mode: 0o600 },
      );
    const secrets = [`-backend-config=username=${OWNER.username}`, `-backend-config=password=${OWNER.token}`];
    await estate.terraform("prod", "init", "-backend-config=gitlab.hcl", ...secrets);
    await estate.terraform("prod", "apply", "-auto-approve");
    await Deno.remove(estate.path("prod", ".terraform"), { recursive: true });
    await estate.configure({
      environments: { prod: { backendConfig: ["gitlab.hcl"], envFile: "prod.env" } },
      terraform: { lockTimeout: "1s" },
    });
    gitlab.asked.length = 0;
    await fn({ estate, gitlab, login });
  });
}

gitlabTest("a reader's token is enough, and a check asks for the state alone", async ({ estate, gitlab, login }) => {
  await login(READER);
  const { status, error, stderr } = await estate.only();
  assertEquals(status, "ok", JSON.stringify(error) + stderr);
  assert(gitlab.asked.length > 0);
  assertEquals(gitlab.asked.filter((one) => one !== "GET prod 200"), []);
});

gitlabTest(
  "drift is confirmed with the lock where it may be taken, else without",
  async ({ estate, gitlab, login }) => {
    await estate.write("prod", simple("other", BACKEND));
    await login(OWNER);
    const owner = await estate.only();
    assertEquals([owner.status, owner.changes.map(({ confirmed }) => confirmed)], ["drift", [true]]);
    assert(gitlab.asked.includes("POST prod/lock 200") && gitlab.asked.includes("DELETE prod/lock 200"));
    await Deno.remove(join(estate.dir, "state"), { recursive: true });
    await login(READER);
    const reader = await estate.only();
    assertEquals([reader.status, reader.changes.length], ["drift", 1], JSON.stringify(reader));
    assert(gitlab.asked.includes("POST prod/lock 403"));
  },
);

gitlabTest(
  "a lock that somebody holds leaves the drift unconfirmed, and is told",
  async ({ estate, gitlab, login }) => {
    await estate.write("prod", simple("other", BACKEND));
    gitlab.lock("prod", OWNER, "1f2e3d4c-0000-4000-8000-123456789abc");
    await login(OWNER);
    const { status, changes, warnings } = await estate.only();
    assertEquals([status, changes.map(({ confirmed }) => confirmed)], ["drift", [false]]);
    assertStringIncludes(JSON.stringify(warnings), "the drift could not be confirmed");
    assert(!gitlab.asked.some((one) => one.startsWith("DELETE")), "a lock of somebody else stays");
  },
);

gitlabTest("a token that GitLab refuses is an error of its own class, and stays secret", async ({ estate, login }) => {
  await login({ username: READER.username, token: "glpat-expired-13579" });
  const { error, stderr } = await estate.only();
  assertEquals(error?.class, "auth", JSON.stringify(error));
  assert(!JSON.stringify(error).includes("glpat-expired") && !stderr.includes("glpat-expired"));
});

gitlabTest("a state that is not there any more is no news of guests", async ({ estate, login }) => {
  await login(READER);
  assertEquals((await estate.only()).status, "ok");
  await estate.write("prod", {
    "gitlab.hcl": (await Deno.readTextFile(estate.path("prod", "gitlab.hcl"))).replaceAll("state/prod", "state/lost"),
  });
  const { status, error } = await estate.only();
  assertEquals([status, error?.class], ["error", "suspect"], JSON.stringify(error));
});
