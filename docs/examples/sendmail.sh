#!/bin/sh
# A sink that sends e-mail through this machine's own mail system: a message when something is new, resolved, or a check
# has begun to fail, and none where nothing changed. Needs jq and a sendmail, as Postfix, Exim, msmtp and dma bring one.
#
#     { "use": "exec:/usr/local/lib/pve-drift/sendmail.sh", "to": "root", "from": "pve-drift@pve1.example.org" }
#
# Options: "to" (one address, or the name of a local user), "from" (default: the user who runs the check), and
# "sendmail" (default: /usr/sbin/sendmail).
set -eu

# 78 tells pve-drift that the entry is wrong, 75 that it may go well later.
wrong() {
  echo "$1" >&2
  exit 78
}

command -v jq >/dev/null || wrong "jq is missing: install it (apt install jq)"
input=$(cat)
ask() { printf '%s' "$input" | jq -r "$@"; }

unknown=$(ask '.options | keys - ["to", "from", "sendmail"] | join(", ")')
[ -z "$unknown" ] || wrong "unknown option \"$unknown\": it takes \"to\", \"from\" and \"sendmail\""
# No spaces, commas or line breaks: an address must not become two, nor a header.
address='if . == null then "" elif type == "string" and test("\\A[A-Za-z0-9][^\\s,;:<>\"()]*\\z") then . else "?" end'
to=$(ask ".options.to | $address")
from=$(ask ".options.from | $address")
sendmail=$(ask '.options.sendmail // "/usr/sbin/sendmail"')
case $to in '' | '?') wrong '"to" must be one address or a local user: to whom should it go?' ;; esac
[ "$from" != '?' ] || wrong '"from" must be one address'
[ -x "$sendmail" ] || wrong "there is no program \"$sendmail\": install a mail system, or name its program as \"sendmail\""

news='.report.environments | map(select(.skipped == null) | select(
  (.error != null and .previousStatus != "error") or (.previousStatus == "error" and .error == null)
  or any(.changes[]; .isNew) or (.resolved | length) > 0))'
names=$(ask "$news | map(.name) | join(\", \")")
[ -n "$names" ] || exit 0

subject=$(ask --arg names "$names" '"\(if .report.test then "Test: " else "" end)pve-drift on \(.report.host): \(.report.status) (\($names))"
  | gsub("[^ -~]"; "?") | .[:200]')
body=$(ask "$news"' | map(
  "\(.name): \(.status), resources changed: \(.resourcesChanged)",
  (.error // empty | "  \(.summary) (\(.class))", "  \(.cure)"),
  (.changes[] | "  \(if .isNew then "new: " else "" end)\(.label // .address): \(.action), \(.origin)",
    (.attributes[] | "    \(.path): \(.actual | tojson), the code wants \(.expected | tojson)")),
  (.resolved[] | "  resolved: \(.address)\(if .path then " " + .path else "" end)"),
  "") | .[]')

# Base64, since a line of a message may be neither long nor anything but ASCII, and a value can be both.
{
  echo "To: $to"
  [ -z "$from" ] || echo "From: $from"
  echo "Subject: $subject"
  echo "Date: $(LC_ALL=C date -R)"
  echo "Auto-Submitted: auto-generated"
  echo "MIME-Version: 1.0"
  echo "Content-Type: text/plain; charset=utf-8"
  echo "Content-Transfer-Encoding: base64"
  echo
  printf '%s\n' "$body" | base64
} | "$sendmail" -oi ${from:+-f "$from"} -- "$to"
