import { npmRegistry } from '../registries.ts';
import { filled, linesToPaste } from '../recipe.ts';
import { tryIn } from '../states.ts';

tryIn('npm', {
  async prepare(world) {
    const api = await world.api({ answer: npmRegistry(world.folder) });
    const [npmrc, install] = linesToPaste('packages.md', 'npm');
    const { host } = new URL(api.origin);
    const places = { 'https://npm.example.com': api.origin, '//npm.example.com': `//${host}` };
    world.write('.npmrc', `${filled(npmrc, places)}update-notifier=false\n`);
    world.write('project/package.json', '{}');
    const clean = 'rm -rf node_modules package-lock.json "$HOME/.npm"';
    return { api, run: () => world.sh(`cd project\n${clean}\n${filled(install, {})}`) };
  },
  signedOut: /hq is not signed in/,
  refused: 'told',
  refusal: /E401/,
});
