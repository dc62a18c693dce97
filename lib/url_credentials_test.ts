import { assert, assertEquals } from "@std/assert";
import { maskUrlCredentials, urlCredentials } from "./url_credentials.ts";

const MASK = "(sensitive)";

Deno.test("maskUrlCredentials() hides a password, be it written as it should not be, and keeps the rest", () => {
  for (
    const password of ["hunter", "hun/ter", "hun?ter", "hun#ter", "hun@ter", "hun:ter", "12:hunter", "h%2Fu", "/x", "@"]
  ) {
    for (
      const frame of [
        (url: string) => url,
        (url: string) => `parse "${url}": net/url: invalid userinfo`,
        (url: string) => `fatal: unable to access '${url}': no such host`,
        (url: string) => JSON.stringify(`parse "${url}": x`),
        (url: string) => `Get ${url} failed for root@pam`,
      ]
    ) {
      for (const scheme of ["http", "postgres", "git::https"]) {
        const text = frame(`${scheme}://tf:${password}@db.example:5432/state`);
        assertEquals(maskUrlCredentials(text, MASK), frame(`${scheme}://tf:${MASK}@db.example:5432/state`));
      }
    }
  }
});

Deno.test("maskUrlCredentials() hides a password with blanks, in quotes and without", () => {
  assertEquals(
    maskUrlCredentials('parse "postgres://tf:pa ss wo@db/x?a=b": bad', MASK),
    `parse "postgres://tf:${MASK}@db/x?a=b": bad`,
  );
  assertEquals(
    maskUrlCredentials("open postgres://tf:pa ss wo@db/x: bad", MASK),
    `open postgres://tf:${MASK}@db/x: bad`,
  );
  assertEquals(maskUrlCredentials("postgres://tf:12/ab@db/x", MASK), `postgres://tf:${MASK}@db/x`);
});

Deno.test("maskUrlCredentials() hides what Go takes for a port", () => {
  assertEquals(
    maskUrlCredentials('parse "http://tf:pa": invalid port ":pa" after host', MASK),
    `parse "http://tf:${MASK}": invalid port ":${MASK}" after host`,
  );
});

Deno.test("maskUrlCredentials() tells a password that begins with digits from a port", () => {
  for (
    const [text, clean] of [
      ["http://tf:12/ab@db.example/x", `http://tf:${MASK}@db.example/x`],
      ['Get "http://tf:12/ab@127.0.0.1:1/db": dial', `Get "http://tf:${MASK}@127.0.0.1:1/db": dial`],
      ["http://tf:12?ab@localhost/x", `http://tf:${MASK}@localhost/x`],
      ["https://pve:8006/users/root@pam", "https://pve:8006/users/root@pam"],
      ["https://pve.example:8006/users/root@ldap.example", "https://pve.example:8006/users/root@ldap.example"],
    ] as const
  ) assertEquals(maskUrlCredentials(text, MASK), clean);
});

Deno.test("maskUrlCredentials() hides the word that a broken connection string is refused for", () => {
  assertEquals(
    maskUrlCredentials('missing "=" after "badword" in connection info string"', MASK),
    `missing "=" after "${MASK}" in connection info string"`,
  );
});

Deno.test("maskUrlCredentials() hides tokens and signatures", () => {
  const token = "ghp_0123456789abcdefghij";
  for (
    const [text, clean] of [
      [`https://${token}@github.com/x`, `https://${MASK}@github.com/x`],
      [`https://${token}:x-oauth-basic@github.com/x`, `https://${MASK}:${MASK}@github.com/x`],
      [`https://short:@github.com/x`, `https://${MASK}:@github.com/x`],
      ["https://h/x.zip?archive=zip&token=Hunter2#a", `https://h/x.zip?archive=zip&token=${MASK}#a`],
      ["git::ssh://git@h/x.git?ref=v1&sshkey=LS0tLS1CRUd+/==", `git::ssh://git@h/x.git?ref=v1&sshkey=${MASK}`],
      ["https://a.blob/x?sv=2020&sig=aB%2Fc%3D&se=1", `https://a.blob/x?sv=2020&sig=${MASK}&se=1`],
      ["GET /b/k?X-Amz-Date=1&X-Amz-Signature=0a1b", `GET /b/k?X-Amz-Date=1&X-Amz-Signature=${MASK}`],
    ] as const
  ) {
    assertEquals(maskUrlCredentials(text, MASK), clean);
    assertEquals(maskUrlCredentials(clean, MASK), clean);
  }
});

Deno.test("maskUrlCredentials() leaves what is no credential", () => {
  for (
    const text of [
      "ssh://git@github.com:22/x.git",
      "https://pve.example:8006/api2/json?node=pve1",
      "https://pve.example:8006/api2/json/access/users/root@pam",
      'Get "https://pve.example:8006/api2/json/access/users/root@pam": EOF',
      "cannot reach https://pve.example:8006: ask root@pam",
      "cannot reach https://pve.example: ask root@pam",
      "see https://pve.example:8006, then root@pam.",
      "http://[::1]:8006/x@y",
      "https://registry.example:4873/@scope/name",
      '"http://127.0.0.1:1/prod"',
      "no address at all: root@pam",
      "?node=pve1&storage=local",
    ]
  ) assertEquals(maskUrlCredentials(text, MASK), text);
});

Deno.test("maskUrlCredentials() looks at each character a few times at most", () => {
  // Each of these took a pattern with backtracking minutes.
  const stop = performance.now() + 30_000;
  for (const hostile of ["://a:b ", "'://a:", "://a:b@ ", '\\"://', "?a&", "x://u:p\n", ":", 'invalid port ":x']) {
    maskUrlCredentials(hostile.repeat(100_000), MASK);
    assert(performance.now() < stop, `${JSON.stringify(hostile)} many times over`);
  }
});

Deno.test("urlCredentials() gives what of a URL is secret, as it stands there and decoded", () => {
  assertEquals(urlCredentials("postgres://tf:pa ss/w#o@db/x"), ["pa ss/w#o"]);
  assertEquals(urlCredentials("https://tf:p%40ss@h/x?a=1&token=t%2Fk"), ["p%40ss", "p@ss", "t%2Fk", "t/k"]);
  assertEquals(urlCredentials("https://tf:100%@h"), ["100%"]);
  assertEquals(urlCredentials("https://pve.example:8006/users/root@pam"), []);
  assertEquals(urlCredentials("no address"), []);
});

Deno.test("maskUrlCredentials() hides the password of PostgreSQL's settings, wherever it stands among them", () => {
  for (
    const [text, clean] of [
      [
        "cannot parse host=db user=tf password=hunter2 dbname=x: bad",
        `cannot parse host=db user=tf password=${MASK} dbname=x: bad`,
      ],
      ["password='hun ter' host=db", `password=${MASK} host=db`],
      ["Server=db;User Id=tf;Password=hunter2;", `Server=db;User Id=tf;Password=${MASK};`],
      ["the code sets password = var.x", "the code sets password = var.x"],
    ] as const
  ) assertEquals(maskUrlCredentials(text, MASK), clean);
});

Deno.test("maskUrlCredentials() hides a secret parameter behind whatever sign it stands", () => {
  for (const sign of ["?", "&", "#", ";"]) {
    for (const name of ["access_token", "sas", "X-Goog-Signature"]) {
      assertEquals(
        maskUrlCredentials(`https://h/x${sign}${name}=abc&b=1`, MASK),
        `https://h/x${sign}${name}=${MASK}&b=1`,
      );
    }
  }
});
