import { assert, assertEquals } from "@std/assert";
import { maskSecretShapes } from "./secret_shapes.ts";

const MASK = "(sensitive)";

Deno.test("maskSecretShapes() hides what its form gives away, and shows what stands around it", () => {
  const key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\nAAAA\n-----END OPENSSH PRIVATE KEY-----";
  for (
    const [text, clean] of [
      [`a ${key} b`, `a -----BEGIN OPENSSH PRIVATE KEY-----${MASK}-----END OPENSSH PRIVATE KEY----- b`],
      [JSON.stringify(key), `"-----BEGIN OPENSSH PRIVATE KEY-----${MASK}-----END OPENSSH PRIVATE KEY-----"`],
      ["-----BEGIN PRIVATE KEY-----\nMIIE", `-----BEGIN PRIVATE KEY-----${MASK}`],
      ["401 for root@pam!tf=0d1e2f3a-1111-2222-3333-444455556666.", `401 for root@pam!tf=${MASK}.`],
      ["PVEAuthCookie=PVE:root@pam:65A0B1C2::abc+/def==", `PVEAuthCookie=PVE:root@pam:${MASK}`],
      ["Authorization: Bearer abcdef0123456789abcd", `Authorization: Bearer ${MASK}`],
      ["authorization: basic cm9vdDpodW50ZXIyMjIy==", `authorization: basic ${MASK}`],
      [`x eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2Q y`, `x ${MASK} y`],
      ["ghp_0123456789abcdefghij glpat-abcdefghij0123456789", `${MASK} ${MASK}`],
      ["https://hooks.slack.com/services/T01/B02/abcDEF x", `https://hooks.slack.com/services/${MASK} x`],
      ["https://discord.com/api/webhooks/1234/ab-CD_ef", `https://discord.com/api/webhooks/1234/${MASK}`],
      [
        "https://api.telegram.org/bot123456789:AAabcdefghijklmnopqrstuvwxyz0123456/x",
        `https://api.telegram.org/bot${MASK}/x`,
      ],
      [`a AGE-SECRET-KEY-1${"Q".repeat(58)} b`, `a ${MASK} b`],
      ["dp.st.prd.abcdefghijklmnopqrstuvwxyz ops_eyJzaWduSW5BZGRyZXNzIjoi", `${MASK} ${MASK}`],
      [`key=AIza${"x".repeat(35)}`, `key=${MASK}`],
      ["abcdefghij0123.atlasv1.abcdefghijklmnopqrstuvwxyz", MASK],
      ["CSRFPreventionToken: 4EEC61E2:lwk7od06fa1+Dc", `CSRFPreventionToken: ${MASK}`],
      [
        '{"X-Vault-Token":"s.abcdefgh","Private-Token": "abcdefgh"}',
        `{"X-Vault-Token":"${MASK}","Private-Token": "${MASK}"}`,
      ],
      ["bot 123456789:AAabcdefghijklmnopqrstuvwxyz0123456", `bot ${MASK}`],
    ] as const
  ) {
    assertEquals(maskSecretShapes(text, MASK), clean);
    assertEquals(maskSecretShapes(clean, MASK), clean);
  }
});

Deno.test("maskSecretShapes() leaves what only looks a little like it", () => {
  for (
    const text of [
      "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
      "-----BEGIN PRIVATE KEY-----",
      "Basic authentication is not enough, Bearer tokens are",
      "at 12:30:45, disk 12345678:90",
      "set root@pam!tf=UUID",
      "uuid 0d1e2f3a-1111-2222-3333-444455556666",
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIeyJ",
    ]
  ) assertEquals(maskSecretShapes(text, MASK), text);
});

Deno.test("maskSecretShapes() looks at each character a few times at most", () => {
  const began = performance.now();
  for (
    const hostile of [
      "-----BEGIN ",
      "-----BEGIN PRIVATE KEY-----",
      "!a",
      "PVE:",
      "Bearer a",
      "eyJ",
      "12345678:",
      "ghp_",
    ]
  ) {
    maskSecretShapes(hostile.repeat(100_000), MASK);
  }
  assert(performance.now() - began < 20_000);
});
