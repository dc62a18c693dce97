import { assertEquals } from "@std/assert";
import { Secrets, SENSITIVE } from "../../lib/secrets.ts";
import { learnEnvironment } from "./credentials.ts";

Deno.test("learnEnvironment() takes the values of credentials and leaves the others", () => {
  const hidden = {
    PROXMOX_VE_API_TOKEN: "v-01-secret",
    PROXMOX_VE_PASSWORD: "v-02-secret",
    PROXMOX_VE_AUTH_TICKET: "v-03-secret",
    PROXMOX_VE_OTP: "v-04-secret",
    PROXMOX_VE_SSH_PRIVATE_KEY: "v-05-secret",
    AWS_SECRET_ACCESS_KEY: "v-06-secret",
    AWS_SESSION_TOKEN: "v-07-secret",
    PGPASSWORD: "v-08-secret",
    TF_VAR_db_password: "v-09-secret",
    TF_TOKEN_app_terraform_io: "v-10-secret",
    ARM_CLIENT_SECRET: "v-11-secret",
    CONSUL_HTTP_TOKEN: "v-12-secret",
    DEPLOY_KEY: "v-13-secret",
    TF_TOKEN_state_example_name: "v-14-secret",
    TELEGRAM_BOT_TOKEN: "v-15-secret",
    GOOGLE_CREDENTIALS: "v-16-secret",
  };
  const open = {
    PROXMOX_VE_ENDPOINT: "https://pve.example.org:8006/",
    PROXMOX_VE_USERNAME: "root@pam",
    PROXMOX_VE_INSECURE: "true",
    AWS_WEB_IDENTITY_TOKEN_FILE: "/run/token",
    AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
    CREDENTIALS_DIRECTORY: "/run/credentials/x",
    TF_VAR_region: "eu-central",
    TF_VAR_ssh_public_key: "ssh-ed25519 AAAA",
    TF_VAR_partition_key: "by-node",
    SSH_PUBLIC_KEY: "ssh-ed25519 BBBB",
    PATH: "/usr/bin",
    PWD: "/srv/infrastructure",
    OLDPWD: "/srv/other",
    HOME: "/home/ops",
    TOKEN_TTL: "3600s",
  };
  const secrets = new Secrets();
  learnEnvironment({ ...hidden, ...open }, secrets);
  for (const [name, value] of Object.entries(hidden)) assertEquals(secrets.scrub(`<${value}>`), `<${SENSITIVE}>`, name);
  for (const [name, value] of Object.entries(open)) assertEquals(secrets.scrub(`<${value}>`), `<${value}>`, name);
});

Deno.test("learnEnvironment() takes each quoted value of a list, a map or an encryption block", () => {
  const secrets = new Secrets();
  learnEnvironment({
    TF_VAR_passwords: '{"webserver": "hunter\\"22", "db" : ["hunter33"]}',
    TF_VAR_tokens: '["hunter44", "hunter55"]',
    TF_ENCRYPTION: 'key_provider "pbkdf2" "mykey" {\n  passphrase = "correct-horse-battery"\n}\n',
  }, secrets);
  assertEquals(
    secrets.scrub('hunter"22 hunter33 hunter44 hunter55 correct-horse-battery webserver pbkdf2 mykey'),
    `${SENSITIVE} ${SENSITIVE} ${SENSITIVE} ${SENSITIVE} ${SENSITIVE} webserver pbkdf2 mykey`,
  );
});
