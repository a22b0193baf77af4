// A bare repository as files (git's dumb protocol), behind an API that takes a token as a password.
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

import { filled, linesToPaste } from '../recipe.ts';
import { tryIn } from '../states.ts';

tryIn('git', {
  async prepare(world) {
    const served = path.join(world.folder, 'served');
    const made = await world.sh(
      `git init -q first && cd first && git -c user.name=a -c user.email=a@example.com commit -q --allow-empty -m first
       git clone -q --bare . ../served/desk.git && cd ../served/desk.git && git update-server-info`,
    );
    if (made.code !== 0) throw new Error(made.stderr);
    const api = await world.api({
      way: 'basic',
      answer(request, response) {
        const file = path.join(served, path.normalize(new URL(request.url ?? '/', 'http://x').pathname));
        const isFile = statSync(file, { throwIfNoEntry: false })?.isFile() === true;
        if (isFile) response.end(readFileSync(file));
        else response.writeHead(404).end();
      },
    });
    const [config] = linesToPaste('git.md');
    const { host } = new URL(api.origin);
    const places = { 'https://git.example.com': api.origin, 'git.example.com': host };
    const configured = await world.sh(filled(config, places));
    if (configured.code !== 0) throw new Error(configured.stderr);
    return { api, run: () => world.sh(`rm -rf desk && git clone -q ${api.origin}/desk.git`) };
  },
  signedOut: /hq is not signed in/,
  refused: 'for the next run',
  refusal: /Authentication failed/,
});
