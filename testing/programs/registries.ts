// Registries of packages on loopback, each with one small package: `desk`. They ask for no token themselves.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import type { ApiOptions } from './api.ts';

type Answer = NonNullable<ApiOptions['answer']>;

/** Answers by the path of a request alone; 404 to any other. `files` is asked with the origin that the program uses. */
function answerFiles(files: (origin: string) => Readonly<Record<string, string | Buffer>>): Answer {
  return (request, response) => {
    const found = files(`http://${request.headers.host ?? ''}`)[decodeURIComponent(request.url ?? '')];
    if (found === undefined) return void response.writeHead(404).end();
    const type = request.url?.endsWith('/') === true ? 'text/html' : 'application/json';
    response.writeHead(200, typeof found === 'string' ? { 'content-type': type } : {}).end(found);
  };
}

/** npm's: `@acme/desk` 1.0.0. */
export function npmRegistry(folder: string): Answer {
  const root = path.join(folder, 'npm-package', 'package');
  mkdirSync(root, { recursive: true });
  const about = { name: '@acme/desk', version: '1.0.0' };
  writeFileSync(path.join(root, 'package.json'), JSON.stringify(about));
  const tarball = execFileSync('tar', ['-czf', '-', '-C', path.dirname(root), 'package']);
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  return answerFiles((origin) => ({
    '/@acme/desk': JSON.stringify({
      name: about.name,
      'dist-tags': { latest: about.version },
      versions: {
        [about.version]: { ...about, dist: { tarball: `${origin}/@acme/desk/-/desk-1.0.0.tgz`, integrity } },
      },
    }),
    '/@acme/desk/-/desk-1.0.0.tgz': tarball,
  }));
}

/** Python's simple index (PEP 503): `desk` 1.0. */
export function pythonIndex(folder: string): Answer {
  const wheel = path.join(folder, 'desk-1.0-py3-none-any.whl');
  const script = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
    wheel.writestr('desk.py', '')
    wheel.writestr('desk-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: desk\\nVersion: 1.0\\n')
    wheel.writestr('desk-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr('desk-1.0.dist-info/RECORD', 'desk.py,,\\n')
`;
  execFileSync('python3', ['-c', script, wheel]);
  const name = path.basename(wheel);
  const file = readFileSync(wheel);
  return answerFiles(() => ({
    '/simple/desk/': `<!DOCTYPE html><a href="/files/${name}">${name}</a>`,
    [`/files/${name}`]: file,
  }));
}

/** cargo's sparse registry: `desk` 1.0.0. */
export function cargoRegistry(folder: string): Answer {
  const root = path.join(folder, 'crate', 'desk-1.0.0');
  mkdirSync(path.join(root, 'src'), { recursive: true });
  writeFileSync(
    path.join(root, 'Cargo.toml'),
    '[package]\nname = "desk"\nversion = "1.0.0"\nedition = "2021"\n',
  );
  writeFileSync(path.join(root, 'src', 'lib.rs'), '');
  const crate = execFileSync('tar', ['-czf', '-', '-C', path.dirname(root), 'desk-1.0.0']);
  const cksum = createHash('sha256').update(crate).digest('hex');
  return answerFiles((origin) => ({
    '/config.json': JSON.stringify({ dl: `${origin}/dl`, api: origin, 'auth-required': true }),
    '/de/sk/desk': `${JSON.stringify({ name: 'desk', vers: '1.0.0', deps: [], cksum, features: {}, yanked: false })}\n`,
    '/dl/desk/1.0.0/download': crate,
  }));
}
