import { filled, linesToPaste } from '../recipe.ts';
import { tryIn } from '../states.ts';

tryIn('Java', {
  async prepare(world) {
    const api = await world.api();
    const [program, run] = linesToPaste('go-and-java.md', 'Java');
    world.write('Me.java', filled(program, { 'https://api.example.com': api.origin }));
    return { api, run: () => world.sh(filled(run, {})) };
  },
  signedOut: /hq is not signed in/,
  refused: 'mended',
  refusal: /before an answer came/,
});
