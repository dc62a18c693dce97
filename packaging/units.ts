/**
 * The shipped systemd units for an installation: they stand in the repository for a checkout in /opt/pve-drift, and
 * name the installed program here.
 *
 * @module
 */

import { TaskError } from "./task.ts";

/** Where an installation has what the units name, absolute. */
export interface Places {
  /** Folder of the program and its Deno. */
  lib: string;
  /** Folder of docs/ and dashboards/. */
  share: string;
}

/**
 * A unit that starts the installed program.
 *
 * @throws {TaskError} where the unit is not as this function knows it, so that no line of the checkout's stays by
 * mistake
 */
export function renderUnit(name: string, text: string, { lib, share }: Places): string {
  const rendered = text
    .replace(/^# {3}\/opt\/pve-drift .*$/m, `#   ${`${lib}/pve-drift.js`.padEnd(39)} the program, in one file`)
    .replace(/^# {3}\/usr\/lib\/pve-drift\/deno +(Deno itself)\..*$/m, `#   ${`${lib}/deno`.padEnd(39)} $1`)
    // The configuration is looked for there first; a folder that the service cannot write to.
    .replace(/^WorkingDirectory=\/opt\/pve-drift$/m, "WorkingDirectory=/etc/pve-drift")
    .replace(/^ExecStart=\/usr\/lib\/pve-drift\/deno task -q drift /m, `ExecStart=${lib}/run `)
    .replaceAll("file:///opt/pve-drift/docs/", `file://${share}/docs/`);
  const left = /^.*(?:\/opt\/pve-drift|deno task).*$/m.exec(rendered)?.[0];
  if (left !== undefined) throw new TaskError(`Cannot make an installed "${name}": it still says "${left}"`);
  return rendered;
}

/** What of the service a run by hand must share: whose it is, its folders, its secrets, its variables. */
const SHARED = [
  ...["WorkingDirectory", "UMask", "EnvironmentFile"],
  ...["StateDirectory", "CacheDirectory", "LogsDirectory"].flatMap((name) => [name, `${name}Mode`]),
];

/**
 * The command `pve-drift`: root runs the program as the service does, everybody else as themselves.
 *
 * @param service The rendered pve-drift-check.service.
 */
export function renderCommand(service: string, { lib }: Places): string {
  const settings = [...service.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name!, value!] as const);
  const all = (wanted: string) => settings.filter(([name]) => name === wanted).map(([, value]) => value);
  const one = (wanted: string) => {
    const [value] = all(wanted);
    if (!value) throw new TaskError(`Cannot make the command: pve-drift-check.service has no "${wanted}="`);
    return value;
  };
  const variables = all("Environment").flatMap((line) => line.split(" "))
    .map((pair) => pair.replace("%S", "/var/lib").replace("%C", "/var/cache"));
  const words = [
    ...["--quiet", "--collect", "--wait", "--pty", "--pipe"],
    `--uid=${one("User")}`,
    `--gid=${one("Group")}`,
    ...SHARED.map((name) => `--property=${name}=${one(name)}`),
    ...all("LoadCredential").map((credential) => `--property=LoadCredential=${credential}`),
    ...variables.map((pair) => `--setenv=${pair}`),
  ];
  return `#!/bin/sh
# pve-drift. Run by root it is the service's user with the service's folders, secrets and variables: what works by hand
# works at six in the morning too, and no file of root's comes to lie in the service's way. The program itself is
# ${lib}/run
set -eu
# These need no service, and replay a file of root's.
case \${1-} in "" | replay | completion | help | version | --help | -h | --version | -V) exec ${lib}/run "$@" ;; esac
for word; do case $word in --help | -h) exec ${lib}/run "$@" ;; esac; done
# These write where the service may not; PVE_DRIFT_COMMAND is how setup has the service's doctor look at it.
case \${1-} in init | setup) PVE_DRIFT_COMMAND=$0 exec ${lib}/run "$@" ;; esac
if [ "$(id -u)" -ne 0 ]; then
  # With a configuration of their own, people know what they do.
  case "$([ -e pve-drift.json ] && echo own) $*" in
  own* | *" --config"*) ;;
  *) echo "pve-drift: this runs as you, without the service's login to Proxmox, memory and log files: run it as root" >&2 ;;
  esac
  exec ${lib}/run "$@"
fi
[ -d /run/systemd/system ] || exec ${lib}/run "$@"
# Tokens of several Proxmox clusters, which drop-ins load into the service.
clusters=
for file in /etc/credstore/pve-drift.*.proxmox-token; do
  name=\${file#*/pve-drift.}
  [ ! -e "$file" ] || clusters="$clusters --property=LoadCredential=$name:pve-drift.$name"
done
# shellcheck disable=SC2086 # one word for each cluster
exec systemd-run ${words.join(" \\\n  ")} \\
  $clusters ${lib}/run "$@"
`;
}
