#!/usr/bin/env bash
# The first process of namespaces of its own (mounts, processes, cgroup, IPC, names): makes a small
# system of the files in STAGE, and becomes its systemd, which then does to a unit what it does on any
# host. All that is written stays in memory and ends with it.
#
#   boot_unit.sh STAGE    STAGE/bin over /usr/bin, STAGE/etc over /etc, STAGE/units: all units there are
set -euo pipefail
stage=$(readlink -f "$1")

mount --make-rprivate /
mount -t proc proc /proc
mount -t cgroup2 cgroup2 /sys/fs/cgroup
# These are the machine's.
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
mount -o remount,bind,ro /sys

scratch=$stage/scratch
mkdir -p "$scratch"
mount -t tmpfs -o mode=755 tmpfs "$scratch"
mkdir "$scratch"/{etc,etc.work,bin,bin.work}
cp -r "$stage"/etc/. "$scratch/etc"
cp "$stage"/bin/* "$scratch/bin"
mount -t overlay -o "lowerdir=/etc,upperdir=$scratch/etc,workdir=$scratch/etc.work" overlay /etc
mount -t overlay -o "lowerdir=/usr/bin,upperdir=$scratch/bin,workdir=$scratch/bin.work" overlay /usr/bin
mount -t tmpfs -o mode=755 tmpfs /var/lib
mount -t tmpfs -o mode=755 tmpfs /run
cp -r "$stage/units" /run/units
mkdir -m 1777 /etc/open

systemd-sysusers "$stage/sysusers.conf"
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs -o mode=1777 tmpfs /var/tmp
chgrp -R rollcall /etc/rollcall
chmod -R o-rwx /etc/rollcall

# It says `container` so that it leaves alone what is the host's.
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=rollcall-lab SYSTEMD_UNIT_PATH=/run/units \
  SYSTEMD_GENERATOR_PATH=/nonexistent SYSTEMD_LOG_TARGET=console \
  /lib/systemd/systemd --system --unit=default.target --show-status=no
