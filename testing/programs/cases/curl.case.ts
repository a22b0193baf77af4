import { filled, linesToPaste } from '../recipe.ts';
import { tryIn } from '../states.ts';

tryIn('curl', {
  async prepare(world) {
    const api = await world.api();
    const [first] = linesToPaste('curl.md');
    const line = filled(first, { 'https://api.example.com': api.origin });
    return { api, run: () => world.sh(line) };
  },
  signedOut: /hq is not signed in/,
  refused: 'told',
  refusal: /401/,
});
