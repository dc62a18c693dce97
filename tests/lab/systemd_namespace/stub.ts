/**
 * Stands in for the check where only its exit code and its doings matter to systemd. Ends with the code that
 * /etc/pve-drift/stub names, or waits for a stop where that says `wait`; writes what it saw to
 * $STATE_DIRECTORY/seen.json.
 */
const said = (await Deno.readTextFile("/etc/pve-drift/stub").catch(() => "0")).trim();
const place = (name: string) => Deno.env.get(name) ?? "";

/** What happens when a file is written there. */
async function write(path: string): Promise<string> {
  try {
    await Deno.writeTextFile(path, 'pve_drift_status{env="prod"} 1\n', { mode: 0o644 });
    return "written";
  } catch (error) {
    return (error as Error).message;
  }
}

/** Mode, owner and text of a credential, or why it is not there. */
async function credential(name: string): Promise<unknown> {
  const path = `${place("CREDENTIALS_DIRECTORY")}/${name}`;
  try {
    const { mode, uid } = await Deno.stat(path);
    return { mode: (mode! & 0o7777).toString(8), own: uid === Deno.uid(), text: await Deno.readTextFile(path) };
  } catch (error) {
    return (error as Error).message;
  }
}

const signals: string[] = [];
const tell = async () => {
  const file = `${place("STATE_DIRECTORY")}/seen.json`;
  // All of it at once, since others wait for the file.
  await Deno.writeTextFile(
    `${file}.new`,
    JSON.stringify({
      said,
      args: Deno.args,
      cwd: Deno.cwd(),
      deno: Deno.execPath(),
      env: Deno.env.toObject(),
      credentials: {
        "telegram-token": await credential("telegram-token"),
        "proxmox-token": await credential("proxmox-token"),
      },
      signals,
      writes: {
        state: await write(`${place("STATE_DIRECTORY")}/x`),
        cache: await write(`${place("CACHE_DIRECTORY")}/x`),
        logs: await write(`${place("LOGS_DIRECTORY")}/x`),
        textfile: await write("/var/lib/prometheus/node-exporter/pve_drift.prom"),
        program: await write("/opt/pve-drift/x"),
        environment: await write("/srv/environments/prod/x"),
        configuration: await write("/etc/pve-drift/x"),
      },
    }),
  );
  await Deno.rename(`${file}.new`, file);
};
// Before it tells that it is here: from then on it may be stopped.
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.addSignalListener(signal, () => {
    signals.push(signal);
    if (signals.length === 1) setTimeout(() => tell().then(() => Deno.exit(143)), 500);
  });
}
await tell();
await Deno.stdout.write(new TextEncoder().encode("checked\n"));
if (said !== "wait") Deno.exit(Number(said));
setInterval(() => {}, 1000);
