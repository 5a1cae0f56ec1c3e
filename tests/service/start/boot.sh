#!/usr/bin/env bash
# unshare --mount --pid --fork --kill-child --uts --ipc --cgroup boot.sh ROOT CHANGES
# Boots the Debian in ROOT with its own systemd as process 1, in the namespaces that unshare made; the network is this machine's.
# ROOT stays as it is, what the system writes is in CHANGES. Everything ends with unshare, the mounts too. Needs root.
set -euo pipefail

root=$1 changes=$2 machine=$2/machine
mkdir -p "$changes/upper" "$changes/work" "$machine"
mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=$root,upperdir=$changes/upper,workdir=$changes/work" "$machine"
mount -t proc proc "$machine/proc"
mount -t sysfs -o ro sysfs "$machine/sys"
mount -t cgroup2 cgroup2 "$machine/sys/fs/cgroup"
mount -t tmpfs tmpfs "$machine/run"
mount -t tmpfs tmpfs "$machine/tmp"
mount -t tmpfs -o mode=755 tmpfs "$machine/dev"
for device in null zero full random urandom tty; do
  touch "$machine/dev/$device"
  mount --bind "/dev/$device" "$machine/dev/$device"
done
mkdir "$machine/dev/shm" "$machine/dev/pts"
mount -t tmpfs tmpfs "$machine/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$machine/dev/pts"
ln -s pts/ptmx "$machine/dev/ptmx"

cd "$machine"
pivot_root . mnt
cd /
umount -l /mnt
mount --make-rshared / # as process 1 finds it on a real machine: credentials are mounted so that others see them
exec env -i container=calbridge PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --system --unit=basic.target --show-status=no --log-target=journal
