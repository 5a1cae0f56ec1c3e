#!/usr/bin/env bash
# Cyrus IMAP (Debian: cyrus-imapd cyrus-caldav), a CalDAV server with implicit scheduling (RFC 6638), for the tests.
#
# usage: cyrus.sh PORT DATADIR      users alice/secret and bob/secret, Basic authentication, one calendar each
#
# Prints `calendar USER URL` for each user, `root URL`, `pid PID` and `stop: DATADIR/stop`, once it answers. PORT + 1 is used for
# IMAP, by which the mailboxes are made. Started as root it runs as the user cyrus, who must be able to reach DATADIR;
# else as the calling user. install.sh beside this file brings the packages.
# CYRUS_MECHS='PLAIN DIGEST-MD5' also offers Digest, which it then refuses: for a client's way back to Basic.
set -euo pipefail

port=${1:?usage: cyrus.sh PORT DATADIR}
data=$(realpath -m "${2:?usage: cyrus.sh PORT DATADIR}")
base=http://127.0.0.1:$port
imap=$((port + 1))
bin=/usr/lib/cyrus/bin

fail() {
  echo "cyrus.sh: $*" >&2
  exit 1
}

if [ ! -x "$bin/httpd" ] || [ ! -x /usr/sbin/saslpasswd2 ] || ! command -v curl >/dev/null; then
  fail "Cyrus is not installed; run $(dirname "$0")/install.sh as root"
fi
if [ "$(id -u)" = 0 ]; then owner=cyrus; else owner=$(id -un); fi
group=$(id -gn "$owner")

mkdir -p "$data"/{spool,conf/socket,conf/db,conf/log,conf/proc,conf/msg,run,sieve}
cat >"$data/imapd.conf" <<CFG
servername: localhost
cyrus_user: $owner
cyrus_group: $group
configdirectory: $data/conf
proc_path: $data/run/proc
mboxname_lockpath: $data/run/lock
defaultpartition: default
partition-default: $data/spool
sievedir: $data/sieve
admins: admin
altnamespace: no
unixhierarchysep: no
umask: 077
hashimapspool: true
syslog_prefix: cyrus
lmtpsocket: $data/conf/socket/lmtp
idlesocket: $data/conf/socket/idle
notifysocket: $data/conf/socket/notify
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: $data/sasldb2
sasl_mech_list: ${CYRUS_MECHS:-PLAIN}
allowplaintext: yes
allowanonymouslogin: no
httpmodules: caldav
caldav_allowscheduling: on
calendar_user_address_set: example.com
CFG
cat >"$data/cyrus.conf" <<CFG
START { recover cmd="$bin/ctl_cyrusdb -C $data/imapd.conf -r" }
SERVICES {
  imap cmd="$bin/imapd -C $data/imapd.conf" listen="127.0.0.1:$imap" prefork=0
  http cmd="$bin/httpd -C $data/imapd.conf" listen="127.0.0.1:$port" prefork=1 maxchild=20
}
EVENTS { checkpoint cmd="$bin/ctl_cyrusdb -C $data/imapd.conf -c" period=30 }
CFG
rm -f "$data/sasldb2"
for user in admin alice bob; do
  echo -n secret | /usr/sbin/saslpasswd2 -p -c -f "$data/sasldb2" -u localhost "$user"
done
chmod 755 "$data"
if [ "$(id -u)" = 0 ]; then
  chown -R "$owner:$group" "$data"
  runuser -u "$owner" -- test -r "$data/imapd.conf" || fail "the user $owner can't reach $data: choose a folder that every user may enter"
fi

setsid "$bin/master" -C "$data/imapd.conf" -M "$data/cyrus.conf" -p "$data/run/master.pid" \
  >"$data/server.log" 2>&1 </dev/null &
pid=$!
echo "$pid" >"$data/pid"
cat >"$data/stop" <<STOP
#!/usr/bin/env bash
# Ends the server and waits until it is gone.
kill $pid 2>/dev/null
for _ in \$(seq 100); do kill -0 $pid 2>/dev/null || exit 0; sleep 0.1; done
kill -9 -- -$pid 2>/dev/null
STOP
chmod +x "$data/stop"
started=
trap '[ -n "$started" ] || "$data/stop"' EXIT # nothing stays behind of a start that failed

for _ in $(seq 100); do
  curl -s --noproxy '*' -m 2 -o /dev/null "$base/" && break
  kill -0 "$pid" 2>/dev/null || { cat "$data/server.log" >&2; fail "the server ended at once"; }
  sleep 0.1
done
python3 - "$imap" <<'PY'
import imaplib
import sys

admin = imaplib.IMAP4("127.0.0.1", int(sys.argv[1]))
admin.login("admin", "secret")
for user in ("alice", "bob"):
    status, answer = admin.create(f"user.{user}")
    if status != "OK" and b"exists" not in (answer[0] or b""):
        sys.exit(f"cyrus.sh: CREATE user.{user}: {answer}")
admin.logout()
PY
for user in alice bob; do # a user's first DAV request makes her Default, Inbox and Outbox
  status=$(curl -s --noproxy '*' -m 20 -o "$data/answer" -w '%{http_code}' -u "$user:secret" \
    -X PROPFIND -H 'Depth: 1' "$base/dav/calendars/user/$user/")
  [ "$status" = 207 ] || { cat "$data/answer" >&2; fail "PROPFIND of $user: $status"; }
  echo "calendar $user $base/dav/calendars/user/$user/Default/"
done
started=yes
echo "root $base/dav/"
echo "pid $pid"
echo "stop: $data/stop"
