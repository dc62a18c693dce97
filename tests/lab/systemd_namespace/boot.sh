#!/bin/sh
# Boots a systemd in namespaces of its own and ends it as soon as stdin ends, so that it never outlives who started it.
# $1: a folder with `tree/` (see pid1.sh); gets `pid`, the host's process id of the inner PID 1. $2: `--net` for a network of
# its own, of the loopback alone. $3: the folder of another system to boot, than this machine's own.
set -eu
lab=$1
here=$(dirname "$0")

group=$(findmnt --noheadings --first-only --types cgroup2 --output TARGET)/pve-drift-lab-$$
mkdir "$group"
end() {
  # systemd ignores SIGTERM here. SIGKILL of unshare takes PID 1 along, and with it all others.
  kill -9 "$unshare" 2>/dev/null || true
  wait "$unshare" 2>/dev/null || true
  for _ in $(seq 50); do
    find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
    [ -d "$group" ] || break
    sleep 0.1
  done
}

# The group is entered first, so that the cgroup namespace begins in it.
sh -c 'echo $$ >"$1/cgroup.procs"; exec unshare --mount --pid --fork --kill-child --cgroup --uts --ipc $5 sh "$2" "$3" "$4"' \
  sh "$group" "$here/pid1.sh" "$lab" "${3:-/}" "${2:-}" </dev/null >"$lab/boot.log" 2>&1 &
unshare=$!
trap end EXIT

for _ in $(seq 600); do
  pid=$(tr -d ' ' <"/proc/$unshare/task/$unshare/children") || break
  if [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm")" = systemd ]; then
    echo "$pid" >"$lab/pid.new" && mv "$lab/pid.new" "$lab/pid"
    break
  fi
  sleep 0.1
done
cat >/dev/null
