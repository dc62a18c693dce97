/**
 * The files that an installation leaves behind.
 *
 * @module
 */

import type { SystemdNamespace } from "./namespace.ts";

/** Whatever bears our name on the machine, and who has the folder of textfiles. */
export async function rest(system: SystemdNamespace): Promise<string> {
  return await system.must(
    "sh",
    "-ec",
    `
    find /etc /usr /var /opt /srv/environments /run '(' -path '*/.cache' ')' -prune -o -iname '*pve[-_]drift*' -print | sort
    systemctl list-units --all --plain --no-legend 'pve-drift*' | cut -d ' ' -f 1
    stat -c '%U:%G %a %n' /var/lib/prometheus/node-exporter /etc/credstore 2>/dev/null || true
    grep -l pve-drift /etc/passwd /etc/group /etc/shadow || true`,
  );
}
