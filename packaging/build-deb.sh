#!/usr/bin/env bash
# Builds dist/calbridge_VERSION_ARCHITECTURE.deb: calbridge with all that it needs in /opt/calbridge, for the Python that is Debian's
# own on this machine (DEB_PYTHON, default /usr/bin/python3). `make deb` calls it, with the checkout's environment.
#
# Needs dpkg-deb, Debian's python3 with python3-venv, and pip's usual index, or its cache.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

TOOLS=$PWD/.venv/bin
PYTHON=$(readlink -f "${DEB_PYTHON:-/usr/bin/python3}") # with its minor version, for which alone compiled packages are
HOME_OF=/opt/calbridge
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
umask 022

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root/DEBIAN"

version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' calbridge/__init__.py)
architecture=$(dpkg --print-architecture)
minor=$("$PYTHON" -c 'import sys; print(sys.version_info.minor)')
site=$root$HOME_OF/lib/python3.$minor/site-packages

# --- the program: an environment that is made here and moves there ---------------------------------------------------
"$PYTHON" -m venv --without-pip "$root$HOME_OF"
packaged() {
  "$TOOLS/python" -m pip --python "$root$HOME_OF/bin/python" install --quiet --no-compile --only-binary :all: "$@"
}
"$TOOLS/python" packaging/runtime_lock.py >"$work/requirements.txt"
packaged --require-hashes --requirement "$work/requirements.txt"
"$TOOLS/python" -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir "$work" .
packaged --no-deps --no-index "$work/calbridge-$version-py3-none-any.whl"

rm -f "$root$HOME_OF"/bin/* "$root$HOME_OF/lib64" "$site"/calbridge-*.dist-info/direct_url.json
rm -rf "$root$HOME_OF/include"
ln -s "$PYTHON" "$root$HOME_OF/bin/python"
printf 'home = %s\ninclude-system-site-packages = false\n' "${PYTHON%/*}" >"$root$HOME_OF/pyvenv.cfg"
cat >"$root$HOME_OF/bin/calbridge" <<SCRIPT
#!$HOME_OF/bin/python -I
import sys

from calbridge.cli import main

sys.exit(main())
SCRIPT
chmod 755 "$root$HOME_OF/bin/calbridge"

# --- what belongs into the system -------------------------------------------------------------------------------------
share=$root/usr/share
install -d "$root/usr/bin" "$share/doc/calbridge/examples" "$share/bash-completion/completions"
ln -s "$HOME_OF/bin/calbridge" "$root/usr/bin/calbridge"
install -D -m 644 -t "$root/usr/lib/systemd/system" systemd/*.service systemd/*.timer
systemd=$(dpkg-query --show --showformat '${Version}' systemd 2>/dev/null || true)
if dpkg --compare-versions "$systemd" lt 254; then # it would warn of what it does not know at every turn
  sed -i '/^RestartSteps=/d; /^RestartMaxDelaySec=/d' "$root"/usr/lib/systemd/system/*.service
fi
install -D -m 644 systemd/calbridge.sysusers "$root/usr/lib/sysusers.d/calbridge.conf"
install -D -m 644 packaging/debian/default "$root/etc/default/calbridge"
install -m 644 -t "$share/doc/calbridge" packaging/debian/copyright
gzip -9n <README.md >"$share/doc/calbridge/README.md.gz"
gzip -9n <CHANGELOG.md >"$share/doc/calbridge/CHANGELOG.md.gz"
printf 'calbridge (%s) stable; urgency=medium\n\n  * See CHANGELOG.md.gz.\n\n -- calbridge <calbridge@localhost>  %s\n' \
  "$version" "$(LC_ALL=C date --utc --rfc-email --date "@$SOURCE_DATE_EPOCH")" | gzip -9n >"$share/doc/calbridge/changelog.gz"
cp -r config "$share/doc/calbridge/examples/"
sed -i 's|^#url = "sqlite:///calbridge.db"$|url = "sqlite:////var/lib/calbridge/calbridge.db"|' \
  "$share/doc/calbridge/examples/config/calbridge.toml"
PYTHONPATH=. "$TOOLS/python" packaging/man_pages.py "$share/man"
"$TOOLS/calbridge" api --completion bash >"$share/bash-completion/completions/calbridge"

# --- the package ------------------------------------------------------------------------------------------------------
echo /etc/default/calbridge >"$root/DEBIAN/conffiles"
install -m 755 -t "$root/DEBIAN" packaging/debian/postinst packaging/debian/prerm packaging/debian/postrm
chmod -R u=rwX,go=rX "$root"
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@SIZE@/$(du -sk "$root" | cut -f1)/" \
  -e "s/@PYTHON@/3.$minor/" -e "s/@NEXT_PYTHON@/3.$((minor + 1))/" packaging/debian/control.in >"$root/DEBIAN/control"
(cd "$root" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | sort -z | xargs -0 md5sum >DEBIAN/md5sums)

mkdir -p dist
dpkg-deb --root-owner-group --build "$root" "dist/calbridge_${version}_$architecture.deb"
