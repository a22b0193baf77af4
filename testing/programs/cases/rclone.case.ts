// rclone's own WebDAV server, behind an API that takes tokens.
import { passTo } from '../api.ts';
import { filled, linesToPaste } from '../recipe.ts';
import { tryIn } from '../states.ts';

tryIn('rclone', {
  async prepare(world) {
    world.write('files/desks.txt', 'desk 1\n');
    const argumentsFor = (host: string) => ['serve', 'webdav', '--addr', host, `${world.folder}/files`];
    const origin = await world.serve('rclone', argumentsFor);
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
