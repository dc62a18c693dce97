import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { Secrets, SENSITIVE } from "./secrets.ts";

/** Numbers that are the same in every run, so that a failure can be looked at again. */
function dice(seed: number): (below: number) => number {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let x = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) % below;
  };
}

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const ODD = " \"'\\/<>&%+=?#@!*()[]{}$,;:~^|`\t\n\u00e9\u4e16\u{1f511}\u2028";
const AROUND = "·—†‡"; // stands in no secret, and in none of its notations

function secretOf(roll: (below: number) => number, alphabet: string, most: number): string {
  const units = [...alphabet];
  const length = 4 + roll(most - 3);
  // Ends that survive trim(), which is taken by itself.
  return `k${Array.from({ length: length - 2 }, () => units[roll(units.length)]).join("")}z`;
}

function base64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}

function goJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
    .replace(/[<>&\u2028\u2029]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const NOTATIONS: Record<string, (secret: string) => string> = {
  plain: (secret) => secret,
  json: (secret) => JSON.stringify(secret).slice(1, -1),
  goJson,
  component: encodeURIComponent,
  form: (secret) => new URLSearchParams({ x: secret }).toString().slice(2),
  goQuery: (secret) =>
    encodeURIComponent(secret).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll("%20", "+"),
  rfc3986: (secret) =>
    encodeURIComponent(secret).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`),
  lowerHex: (secret) => encodeURIComponent(secret).replace(/%../g, (one) => one.toLowerCase()),
  uri: encodeURI,
  jsonInJson: (secret) => JSON.stringify(JSON.stringify(secret).slice(1, -1)).slice(1, -1),
};

Deno.test("Secrets.scrub() erases a secret wherever it stands, in every notation", () => {
  const roll = dice(1);
  for (let round = 0; round < 400; round++) {
    const made = Array.from({ length: 1 + roll(8) }, () => secretOf(roll, LETTERS + (round % 2 ? ODD : ""), 40));
    const secrets = new Secrets();
    secrets.add({ deep: [{ er: made }] });
    for (const secret of made) {
      for (const [notation, write] of Object.entries(NOTATIONS)) {
        const before = AROUND.slice(roll(4)).repeat(roll(3));
        const after = AROUND.slice(roll(4)).repeat(roll(3));
        assertEquals(
          secrets.scrub(before + write(secret) + after),
          before + SENSITIVE + after,
          `${notation} of ${JSON.stringify(secret)} among ${JSON.stringify(made)}`,
        );
      }
    }
  }
});

Deno.test("Secrets.scrub() leaves at most an edge of a secret that stands inside a longer base64", () => {
  const roll = dice(2);
  for (let round = 0; round < 600; round++) {
    const secret = secretOf(roll, LETTERS + (round % 2 ? ODD : ""), 60) + "-tail";
    const secrets = new Secrets();
    secrets.add(secret);
    const before = "ops:xyz".slice(0, roll(8));
    const after = "\nmore".slice(0, roll(6));
    for (const url of [false, true]) {
      const encoded = base64(before + secret + after);
      const clean = secrets.scrub(url ? encoded.replaceAll("+", "-").replaceAll("/", "_") : encoded);
      assert(clean.includes(SENSITIVE), `${encoded} still stands`);
      const whole = base64(before).replace(/=+$/, "").length + base64(after).replace(/=+$/, "").length;
      // Beside what stood around it, one character at each edge carries bits of both, and the padding stays.
      assert(clean.length - SENSITIVE.length <= whole + 4, `${encoded} became ${clean}`);
    }
  }
});

Deno.test("Secrets.scrub() erases the encoded secret whole when it stands by itself in base64", () => {
  const secrets = new Secrets();
  secrets.add("hunter22!");
  secrets.add("correct horse");
  for (const secret of ["hunter22!", "correct horse"]) {
    assertEquals(secrets.scrub(`x ${base64(secret)} y`), `x ${SENSITIVE} y`);
    assertEquals(secrets.scrub(`x ${base64(secret).replace(/=+$/, "")} y`), `x ${SENSITIVE} y`);
  }
});

Deno.test("Secrets.scrub() leaves no tail when secrets overlap or begin alike", () => {
  const secrets = new Secrets();
  secrets.add(["swordfish", "swordfish-2024", "fish-2024-long-tail", "tail-of-it"]);
  assertEquals(secrets.scrub("a swordfish-2024 b"), `a ${SENSITIVE} b`);
  assertEquals(secrets.scrub("a swordfish-2024-long-tail-of-it b"), `a ${SENSITIVE} b`);
  assertEquals(secrets.scrub("swordfishswordfish"), SENSITIVE + SENSITIVE);
  assertEquals(secrets.scrub("swordfis"), "swordfis");
});

Deno.test("Secrets.scrub() leaves no part of any secret when random ones overlap", () => {
  const roll = dice(3);
  for (let round = 0; round < 300; round++) {
    const base = secretOf(roll, "abc", 30);
    const made = Array.from({ length: 6 }, () => {
      const start = roll(base.length - 3);
      return base.slice(start, start + 4 + roll(base.length));
    });
    const secrets = new Secrets();
    secrets.add(made);
    const covered = new Array<boolean>(base.length).fill(false);
    for (const secret of made) {
      for (let at = base.indexOf(secret); at >= 0; at = base.indexOf(secret, at + 1)) {
        covered.fill(true, at, at + secret.length);
      }
    }
    const left = [...base].filter((_, i) => !covered[i]).join("");
    assertEquals(secrets.scrub(base).replaceAll(SENSITIVE, ""), left, `${base} without ${JSON.stringify(made)}`);
  }
});

Deno.test("Secrets.scrub() changes nothing more when it is done again, even if a secret is part of the mask", () => {
  const secrets = new Secrets();
  secrets.add(["sensitive", "hunter22"]);
  const once = secrets.scrub("hunter22 is sensitive");
  assertEquals(once, `${SENSITIVE} is ${SENSITIVE}`);
  assertEquals(secrets.scrub(once), once);
});

Deno.test("Secrets.add() takes each long line of a secret of several lines, but no key header", () => {
  const secrets = new Secrets();
  const key =
    "-----BEGIN OPENSSH PRIVATE KEY-----\r\nb3BlbnNzaC1rZXktdjEAAAAA\r\n  QyNTUxOQAAACDf1aJx0Q\r\nfifteen-letters\r\n-----END OPENSSH PRIVATE KEY-----\n";
  secrets.add(key);
  assertEquals(
    secrets.scrub("got b3BlbnNzaC1rZXktdjEAAAAA, QyNTUxOQAAACDf1aJx0Q, fifteen-letters"),
    `got ${SENSITIVE}, ${SENSITIVE}, fifteen-letters`,
  );
  assertEquals(secrets.scrub("-----BEGIN OPENSSH PRIVATE KEY-----"), "-----BEGIN OPENSSH PRIVATE KEY-----");
  assertEquals(secrets.scrub(`<${key}>`), `<${SENSITIVE}>`);
  assertEquals(secrets.scrub(`<${JSON.stringify(key)}>`), `<"${SENSITIVE}">`);
  assertEquals(secrets.scrub(`<${key.trim()}>`), `<${SENSITIVE}>`);
});

Deno.test("Secrets.add() takes the UUID of a Proxmox API token and the password of a URL by themselves", () => {
  const secrets = new Secrets();
  secrets.add("ops@pve!terraform=0d1e2f3a-1111-2222-3333-444455556666");
  secrets.add("postgres://tf:pg-hunter@db.example.org/state");
  assertEquals(
    secrets.scrub("token 0d1e2f3a-1111-2222-3333-444455556666 of ops@pve!terraform"),
    `token ${SENSITIVE} of ops@pve!terraform`,
  );
  assertEquals(secrets.scrub("password pg-hunter of tf"), `password ${SENSITIVE} of tf`);
});

Deno.test("Secrets.add() passes over what is too short or no secret", () => {
  const secrets = new Secrets();
  const none = [
    "abc",
    "",
    true,
    false,
    null,
    undefined,
    "true",
    "false",
    "null",
    "**********",
    "    ",
    SENSITIVE,
    12345,
    0.5,
  ];
  secrets.add(none);
  const text = none.join("|");
  assertEquals(secrets.scrub(text), text);
  assertEquals(secrets.scrubValue(none), none);
  secrets.add(["abcd", 123456, { a: "abcd" }]);
  assertEquals(secrets.scrub("abcd 123456 abc"), `${SENSITIVE} ${SENSITIVE} abc`);
});

Deno.test("Secrets.add() counts for texts that are scrubbed after it, also late", () => {
  const secrets = new Secrets();
  secrets.add("hunter22");
  assertEquals(secrets.scrub("hunter22 hunter33"), `${SENSITIVE} hunter33`);
  secrets.add("hunter33");
  assertEquals(secrets.scrub("hunter22 hunter33"), `${SENSITIVE} ${SENSITIVE}`);
});

Deno.test("Secrets.scrubValue() scrubs strings at every depth and keeps what it does not touch", () => {
  const secrets = new Secrets();
  const untouched = { b: [1, "x", null, { c: "plain" }] };
  const value = { a: ["is hunter22", { deep: { er: "hunter22" } }], untouched, n: 123456, m: 1234567 };
  assertStrictEquals(secrets.scrubValue(value), value);
  secrets.add(["hunter22", 123456]);
  const clean = secrets.scrubValue(value);
  assertEquals<unknown>(clean, {
    a: [`is ${SENSITIVE}`, { deep: { er: SENSITIVE } }],
    untouched,
    n: SENSITIVE,
    m: 1234567,
  });
  assertStrictEquals(clean.untouched, untouched);
  assertEquals(value.a[0], "is hunter22");
  assertStrictEquals(secrets.scrubValue(untouched), untouched);
  assertEquals(Object.keys(secrets.scrubValue(JSON.parse('{"__proto__": "hunter22"}'))), ["__proto__"]);
});

Deno.test("Secrets.scrub() knows thousands of secrets, be they added between texts", () => {
  const secrets = new Secrets();
  for (let i = 0; i < 2000; i++) {
    const secret = `ops@pve!token${i}=${crypto.randomUUID()}`;
    secrets.add(secret);
    assertEquals(secrets.scrub(`got ${secret}`), `got ${SENSITIVE}`);
  }
});

Deno.test("Secrets.scrub() hides what is a secret by its place in an address, known or not, and nothing more", () => {
  const secrets = new Secrets();
  for (
    const [text, clean] of [
      [
        "git::https://oauth2:glpat-ABC@git.example/m.git?ref=v1",
        "git::https://oauth2:(sensitive)@git.example/m.git?ref=v1",
      ],
      ["https://ghp_0123456789abcdefghij@github.com/x", "https://(sensitive)@github.com/x"],
      ["https://h/x.zip?archive=zip&token=Hunter2#a", "https://h/x.zip?archive=zip&token=(sensitive)#a"],
      ["ssh://git@github.com:22/x.git", "ssh://git@github.com:22/x.git"],
      ["https://pve.example:8006/api2/json?node=pve1", "https://pve.example:8006/api2/json?node=pve1"],
    ] as const
  ) {
    assertEquals(secrets.scrub(text), clean);
    assertEquals(secrets.scrub(clean), clean);
  }
});

Deno.test("Secrets.scrubPath() hides whole names, and of keys what is a long secret", () => {
  const secrets = new Secrets();
  secrets.add(["Hunter2Hunter2", "root"]);
  assertEquals(secrets.scrubPath('m.x["Hunter2Hunter2"].y["root"]'), 'm.x["(sensitive)"].y["(sensitive)"]');
  assertEquals(
    secrets.scrubPath("root.root_disk.Hunter2Hunter2s.Hunter2Hunter2"),
    "root.root_disk.Hunter2Hunter2s.(sensitive)",
  );
  assertEquals(secrets.scrubPath('x["a-Hunter2Hunter2-b"].y["root-disk"]'), 'x["a-(sensitive)-b"].y["root-disk"]');
  assertEquals(secrets.scrubValue({ Hunter2Hunter2: 1, root: 1 }), { "(sensitive)": 1, root: 1 } as never);
});

Deno.test("Secrets.add() takes what is left of a secret when a program cuts it, but no word and no path", () => {
  const secrets = new Secrets();
  secrets.add([
    "Hunter22/Swordfish7#rest",
    "/run/secrets/Database1",
    "projects/sandbox/secrets/web",
    "host=db password='pa ss' user=tf",
  ]);
  assertEquals(secrets.scrub("Hunter22 Swordfish7 rest"), `${SENSITIVE} ${SENSITIVE} rest`);
  assertEquals(secrets.scrub("Database1 projects sandbox secrets"), "Database1 projects sandbox secrets");
  assertEquals(secrets.scrub("not 'pa ss' of tf at db"), `not '${SENSITIVE}' of tf at db`);
});

Deno.test("Secrets.addUrl() takes the credentials of a URL and their pieces, and not the rest", () => {
  const secrets = new Secrets();
  for (
    const url of [
      "postgres://tf:swordfish/hunt%23er#tail@db.example/state",
      "https://h/x?sig=signed-by-us",
      "no address",
    ]
  ) {
    secrets.addUrl(url);
  }
  assertEquals(
    secrets.scrub("db.example state tf: swordfish/hunt#er#tail, swordfish, tail, signed-by-us, no address"),
    `db.example state tf: ${SENSITIVE}, ${SENSITIVE}, ${SENSITIVE}, ${SENSITIVE}, no address`,
  );
});

Deno.test("Secrets.scrubPath() hides credentials of a URL in a key, known or not", () => {
  assertEquals(new Secrets().scrubPath('x["https://tf:hun/ter@db"].y'), `x["https://tf:${SENSITIVE}@db"].y`);
});

Deno.test("Secrets.scrub() leaves nothing of a password that breaks its URL, however a program quotes that", () => {
  const roll = dice(4);
  for (let round = 0; round < 3000; round++) {
    const password = `${secretOf(roll, "abcdeABCDE" + ODD.replace("\n", ""), 24)}-tail`;
    const url = `${["http", "postgres", "git::https"][roll(3)]}://tf:${password}@db.example:5432/state`;
    const secrets = new Secrets();
    secrets.addUrl(url);
    for (
      const text of [
        url,
        `parse ${JSON.stringify(url)}: net/url: invalid userinfo`,
        `Get ${url}: dial tcp`,
        `fatal: unable to access '${url}': no`,
        `about ${password}`,
        `parse "http://tf:${password.split("#")[0]}": first of two`,
      ]
    ) {
      const clean = secrets.scrub(text);
      const rest = (password.match(/[a-eA-E]{4,}/g) ?? []).find((piece) => clean.includes(piece));
      assertEquals(rest, undefined, `${text} became ${clean}`);
    }
  }
});

Deno.test("Secrets.scrub() shows where a URL leads whose password is a secret", () => {
  const secrets = new Secrets();
  secrets.add(["postgres://tf:swordfish word@db.example/state", "https://hooks.example/services/T0/B0/secretpath"]);
  assertEquals(
    secrets.scrub("postgres://tf:swordfish word@db.example/state and https://hooks.example/services/T0/B0/secretpath"),
    `postgres://tf:${SENSITIVE}@db.example/state and ${SENSITIVE}`,
  );
});
