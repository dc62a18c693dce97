#!/bin/sh
# Becomes systemd as PID 1 of a private copy of this machine: boot.sh runs it inside `unshare --mount --pid --fork …`.
# $1 is a folder with `tree/`, the files to lay over the machine's own, or over those of the system in the folder $2.
# Whatever is written afterwards lands in memory.
set -eu
lab=$1 base=$2

mount --make-rprivate /
mount -t tmpfs lab "$lab/memory"
mkdir "$lab/memory/upper" "$lab/memory/work" "$lab/memory/root"
mount -t overlay overlay -o "lowerdir=$base,upperdir=$lab/memory/upper,workdir=$lab/memory/work" "$lab/memory/root"
cd "$lab/memory/root"
# A machine where pve-drift is at home shall not look like one where the test installed it.
find etc usr/local opt var/lib var/log root/.local/state -maxdepth 4 -name '*pve[-_]drift*' -prune -exec rm -rf {} + 2>/dev/null || true
cp -a "$lab/tree/." .

mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount --rbind /dev dev
for folder in run tmp; do mount -t tmpfs "$folder" "$folder"; done

# Of the machine's own units only what lab.target asks for is started.
rm -rf etc/systemd/system/*.wants lib/systemd/system/*.wants
rm -f etc/systemd/system/default.target
: > etc/fstab
mkdir -p etc/systemd/journald.conf.d
printf '[Journal]\nStorage=volatile\nReadKMsg=no\n' > etc/systemd/journald.conf.d/lab.conf
cat > etc/systemd/system/lab.target <<'UNIT'
[Unit]
Description=The lab
DefaultDependencies=no
Wants=systemd-journald.service
UNIT

mkdir old
pivot_root . old
umount -l old
rmdir old
# Without it the credentials of a service stay empty.
mount --make-rshared /
exec /lib/systemd/systemd --unit=lab.target
