import { execFileSync } from 'node:child_process';
import path from 'node:path';

import { filled, linesToPaste } from '../recipe.ts';
import { tryIn } from '../states.ts';

tryIn('Go', {
  async prepare(world) {
    const api = await world.api();
    const [program] = linesToPaste('go-and-java.md', 'Go');
    const file = world.write('me/main.go', filled(program, { 'https://api.example.com': api.origin }));
    const go = (...args: string[]): void =>
      void execFileSync('go', args, { cwd: path.dirname(file), stdio: ['ignore', 'ignore', 'pipe'] });
    go('mod', 'init', 'example.com/me');
    go('get', 'golang.org/x/oauth2@v0.36.0');
    go('build', '-o', 'me', '.');
    return { api, run: () => world.sh('./me/me') };
  },
  signedOut: /hq is not signed in/,
  refused: 'told',
  refusal: /401 Unauthorized/,
});
