#!/usr/bin/env bash
# Installs from Debian's packages what cyrus.sh and sabredav.sh start, curl, the browser that opens the sandbox's rooms, and
# what the package is built with and a machine is made with to install it on. Does nothing where all of it is there.
# Needs root. No service of these packages is started or stays enabled to be started by the installation.
set -euo pipefail

packages=(cyrus-imapd cyrus-caldav sasl2-bin libsasl2-modules
  php-sabre-dav php-cli php-xml php-mbstring php-sqlite3 curl chromium
  debootstrap python3)

missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} = 0 ]; then
  echo "the CalDAV servers and the browser are installed"
  exit 0
fi
if [ "$(id -u)" != 0 ]; then
  echo "install.sh: needs root to install: ${missing[*]}" >&2
  exit 1
fi

echo "installing ${missing[*]}"
if [ ! -e /usr/sbin/policy-rc.d ]; then # Debian's way to keep packages from starting their services
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod +x /usr/sbin/policy-rc.d
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install -y --no-install-recommends "${missing[@]}" </dev/null >/dev/null
echo "the CalDAV servers and the browser are installed"
