#!/usr/bin/env bash
# root.sh FOLDER: puts a small Debian of this machine's own release there, with systemd and Python and nothing of calbridge.
# Needs root, debootstrap, and the mirror that apt uses.
set -euo pipefail

folder=$1
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' "Created-By: Packages" | awk -v r="$release" '$2 == r {print $1; exit}')
debootstrap --variant=minbase --include=systemd,systemd-sysv,procps,python3,ca-certificates "$release" "$folder" "$mirror" >&2
printf '127.0.0.1 localhost\n::1 localhost\n' >"$folder/etc/hosts"
