import path from 'node:path';

import { npmRegistry } from '../registries.ts';
import { filled, linesToPaste } from '../recipe.ts';
import { tryIn } from '../states.ts';

tryIn('pnpm', {
  async prepare(world) {
    const api = await world.api({ answer: npmRegistry(world.folder) });
    const [npmrc, helper = '', add] = linesToPaste('packages.md', 'pnpm');
    const { host } = new URL(api.origin);
    const places = {
      'https://npm.example.com': api.origin,
      '//npm.example.com': `//${host}`,
      '/home/alice': world.folder,
    };
    world.write('.npmrc', `${filled(npmrc, places)}update-notifier=false\n`);
    world.write(path.join('.local', 'bin', 'pnpm-token-hq'), helper, 0o755);
    world.write('project/package.json', '{}');
    const clean =
      'rm -rf node_modules pnpm-lock.yaml package.json "$HOME/.local/share/pnpm" "$HOME/.cache"; echo {} >package.json';
    return { api, run: () => world.sh(`cd project\n${clean}\n${filled(add, {})}`) };
  },
  signedOut: /hq is not signed in|TOKEN_HELPER/,
  refused: 'told',
  refusal: /401/,
});
