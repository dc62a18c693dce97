#!/bin/sh
# Runs a script against a throwaway copy of the system in the folder $2, in namespaces that end with it: image.sh FOLDER
# BASE SCRIPT. The script finds the copy's path in $root; FOLDER holds what is written meanwhile, in memory.
set -eu
exec unshare --mount --pid --fork --kill-child sh -euc '
  folder=$1 base=$2
  mount --make-rprivate /
  mount -t tmpfs image "$folder"
  mkdir "$folder/upper" "$folder/work" "$folder/root" "$folder/volumes"
  mount -t overlay overlay -o "lowerdir=$base,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
  root=$folder/root volumes=$folder/volumes
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  for name in resolv.conf hosts; do cp "/etc/$name" "$root/etc/$name"; done
  . "$3"
' sh "$@"
