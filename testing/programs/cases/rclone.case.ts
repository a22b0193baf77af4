// rclone's own WebDAV server, behind an API that takes tokens.
import { spawn } from 'node:child_process';
import process from 'node:process';
import { afterAll } from 'vitest';

import { freePort, until, ask } from '../../program.ts';
import { passTo } from '../api.ts';
import { filled, linesToPaste } from '../recipe.ts';
import { tryIn } from '../states.ts';

let end = (): void => undefined;
afterAll(() => end());

tryIn('rclone', {
  async prepare(world) {
    const origin = `http://127.0.0.1:${await freePort()}`;
    world.write('files/desks.txt', 'desk 1\n');
    const args = ['serve', 'webdav', '--addr', new URL(origin).host, `${world.folder}/files`];
    const server = spawn('rclone', args, {
      env: { PATH: process.env['PATH'], HOME: world.folder },
      stdio: 'ignore',
    });
    end = () => void server.kill();
    await until('a WebDAV server', () => ask(origin).catch(() => null));
    const api = await world.api({ answer: passTo(origin) });
    const [create = '', list = ''] = filled(linesToPaste('rclone.md')[0], {
      'https://dav.example.com': api.origin,
    })
      .trim()
      .split('\n');
    const made = await world.sh(create);
    if (made.code !== 0) throw new Error(made.stderr);
    return { api, run: () => world.sh(`set -e\n${list} | grep desks.txt\nrclone cat work:desks.txt`) };
  },
  signedOut: /hq is not signed in/,
  refused: 'told',
  refusal: /401/,
});
