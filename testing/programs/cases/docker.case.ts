// docker's client, which asks a registry for a manifest by itself; no daemon is asked.
import { createHash } from 'node:crypto';
import path from 'node:path';

import { filled, linesToPaste } from '../recipe.ts';
import { tryIn } from '../states.ts';

const TYPE = 'application/vnd.docker.distribution.manifest.v2+json';
const CONFIG = JSON.stringify({
  architecture: 'amd64',
  os: 'linux',
  rootfs: { type: 'layers', diff_ids: [] },
});
const digest = `sha256:${createHash('sha256').update(CONFIG).digest('hex')}`;
const config = { mediaType: 'application/vnd.docker.container.image.v1+json', digest, size: CONFIG.length };
const MANIFEST = JSON.stringify({ schemaVersion: 2, mediaType: TYPE, config, layers: [] });
const answers: Readonly<Record<string, readonly [type: string, text: string]>> = {
  '/v2/': ['application/json', '{}'],
  '/v2/desk/manifests/1': [TYPE, MANIFEST],
  [`/v2/desk/blobs/${digest}`]: ['application/octet-stream', CONFIG],
};

tryIn('docker', {
  async prepare(world) {
    const api = await world.api({
      way: 'basic',
      answer(request, response) {
        const [type, text] = answers[request.url ?? ''] ?? [];
        response.writeHead(type === undefined ? 404 : 200, { 'content-type': type }).end(text);
      },
    });
    const { host } = new URL(api.origin);
    const [helper, settings] = linesToPaste('docker.md');
    const place = { 'registry.example.com': host };
    world.write(path.join('.local', 'bin', 'docker-credential-keyfob-hq'), filled(helper, place), 0o755);
    world.write('.docker/config.json', filled(settings, place));
    return {
      api,
      renew: `docker logout ${host}`,
      run: () => world.sh(`rm -rf ~/.docker/manifests; docker manifest inspect --insecure ${host}/desk:1`),
    };
  },
  signedOut: /hq is not signed in/,
  refused: 'told',
  refusal: /no such manifest/,
});
