#!/usr/bin/env bash
# sabre/dav 1.8 (Debian: php-sabre-dav) on SQLite under PHP's own web server, for the tests. Old on purpose: it knows
# ctags and ETags but no sync-collection and no implicit scheduling, and it stores bytes as they come.
#
# usage: sabredav.sh PORT DATADIR      users alice/secret and bob/secret, one calendar each
#
# Prints `calendar USER URL` for each user, `root URL`, `pid PID` and `stop: DATADIR/stop`, once it answers.
# AUTH=digest (the default) or AUTH=basic. install.sh beside this file brings the packages; any user can start it.
set -euo pipefail

port=${1:?usage: sabredav.sh PORT DATADIR}
data=$(realpath -m "${2:?usage: sabredav.sh PORT DATADIR}")
base=http://127.0.0.1:$port
auth=${AUTH:-digest}

fail() {
  echo "sabredav.sh: $*" >&2
  exit 1
}

if [ ! -e /usr/share/php/Sabre/autoload.php ] || ! command -v curl >/dev/null ||
  ! php -r 'exit(extension_loaded("pdo_sqlite") ? 0 : 1);'; then
  fail "sabre/dav is not installed; run $(dirname "$0")/install.sh as root"
fi

mkdir -p "$data"
cat >"$data/setup.php" <<'PHP'
<?php
$pdo = new PDO('sqlite:' . $argv[1]);
$pdo->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
$pdo->exec('PRAGMA journal_mode=WAL');
foreach (['calendars', 'principals', 'users', 'locks', 'addressbooks'] as $tables)
    $pdo->exec(file_get_contents("/usr/share/doc/php-sabre-dav/examples/sql/sqlite.$tables.sql"));
foreach (['alice', 'bob'] as $user) {
    $pdo->prepare('INSERT INTO users (username,digesta1) VALUES (?,?)')->execute([$user, md5("$user:SabreDAV:secret")]);
    $principal = $pdo->prepare('INSERT INTO principals (uri,email,displayname) VALUES (?,?,?)');
    $principal->execute(["principals/$user", "$user@example.com", ucfirst($user)]);
    $principal->execute(["principals/$user/calendar-proxy-read", null, null]);
    $principal->execute(["principals/$user/calendar-proxy-write", null, null]);
    $pdo->prepare("INSERT INTO calendars (principaluri,displayname,uri,ctag,components,transparent) VALUES (?,?,'cal',1,'VEVENT,VTODO',0)")
        ->execute(["principals/$user", ucfirst($user) . ' calendar']);
}
PHP
cat >"$data/server.php" <<'PHP'
<?php
error_reporting(E_ALL & ~E_DEPRECATED & ~E_NOTICE & ~E_WARNING & ~E_STRICT);
ini_set('display_errors', '0');
date_default_timezone_set('UTC');
if (preg_match('#^/\.well-known/(caldav|carddav)#', $_SERVER['REQUEST_URI'])) {
    header('Location: /', true, 301);
    return;
}
$_SERVER['SCRIPT_NAME'] = '/server.php';
unset($_SERVER['PATH_INFO']);
$pdo = new PDO('sqlite:' . __DIR__ . '/db.sqlite');
$pdo->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
$pdo->exec('PRAGMA busy_timeout=5000; PRAGMA synchronous=OFF');
require_once '/usr/share/php/Sabre/autoload.php';
class PlainBasic extends \Sabre\DAV\Auth\Backend\AbstractBasic {
    public $pdo;
    protected function validateUserPass($user, $password) {
        $row = $this->pdo->prepare('SELECT digesta1 FROM users WHERE username = ?');
        $row->execute([$user]);
        return $row->fetchColumn() === md5("$user:SabreDAV:$password");
    }
}
if (getenv('SABRE_AUTH') === 'basic') { $auth = new PlainBasic(); $auth->pdo = $pdo; }
else $auth = new \Sabre\DAV\Auth\Backend\PDO($pdo);
$principals = new \Sabre\DAVACL\PrincipalBackend\PDO($pdo);
$caldav = new \Sabre\CalDAV\Backend\PDO($pdo);
$server = new \Sabre\DAV\Server([
    new \Sabre\CalDAV\Principal\Collection($principals),
    new \Sabre\CalDAV\CalendarRootNode($principals, $caldav),
]);
$server->setBaseUri('/');
$server->addPlugin(new \Sabre\DAV\Auth\Plugin($auth, 'SabreDAV'));
$server->addPlugin(new \Sabre\CalDAV\Plugin());
$server->addPlugin(new \Sabre\DAVACL\Plugin());
$server->exec();
PHP
[ -e "$data/db.sqlite" ] || php "$data/setup.php" "$data/db.sqlite"

SABRE_AUTH=$auth PHP_CLI_SERVER_WORKERS=4 setsid \
  php -d variables_order=EGPCS -d log_errors=1 -S "127.0.0.1:$port" "$data/server.php" >"$data/server.log" 2>&1 </dev/null &
pid=$!
echo "$pid" >"$data/pid"
cat >"$data/stop" <<STOP
#!/usr/bin/env bash
# Ends the server with its workers (the process group) and waits until they are gone.
kill -- -$pid 2>/dev/null
for _ in \$(seq 100); do kill -0 -- -$pid 2>/dev/null || exit 0; sleep 0.1; done
kill -9 -- -$pid 2>/dev/null
STOP
chmod +x "$data/stop"
started=
trap '[ -n "$started" ] || "$data/stop"' EXIT # nothing stays behind of a start that failed

for _ in $(seq 100); do
  curl -s --noproxy '*' -m 5 -o /dev/null "$base/" && break
  kill -0 "$pid" 2>/dev/null || { cat "$data/server.log" >&2; fail "the server ended at once"; }
  sleep 0.1
done
for user in alice bob; do
  status=$(curl -s --noproxy '*' -m 20 -o "$data/answer" -w '%{http_code}' --anyauth -u "$user:secret" \
    -X PROPFIND -H 'Depth: 0' "$base/calendars/$user/cal/")
  [ "$status" = 207 ] || { cat "$data/answer" >&2; tail "$data/server.log" >&2; fail "PROPFIND of $user: $status"; }
  echo "calendar $user $base/calendars/$user/cal/"
done
started=yes
echo "root $base/"
echo "pid $pid"
echo "stop: $data/stop"
