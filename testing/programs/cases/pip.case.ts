import path from 'node:path';

import { pythonIndex } from '../registries.ts';
import { filled, linesToPaste } from '../recipe.ts';
import { tryIn } from '../states.ts';

tryIn('pip', {
  async prepare(world) {
    const api = await world.api({ way: 'basic', answer: pythonIndex(world.folder) });
    const [keyring, install] = linesToPaste('packages.md', 'pip');
    const { host } = new URL(api.origin);
    const places = { 'https://pypi.example.com': api.origin, 'pypi.example.com': host };
    world.write(path.join('.local', 'bin', 'keyring'), filled(keyring, places), 0o755);
    const line = filled(install, { 'https://oauth2@pypi.example.com': `http://oauth2@${host}` }).trim();
    return { api, run: () => world.sh(`rm -rf there; ${line} --no-cache-dir --target there`) };
  },
  signedOut: /hq is not signed in/,
  refused: 'told',
  refusal: /401/,
});
