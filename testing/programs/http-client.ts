// The programs of http-clients.md, each a function of bash with the token on a descriptor.
import { filled, linesToPaste } from './recipe.ts';
import { tryIn } from './states.ts';

/** Describes one by its part of the page. `options`: what a script adds, by the page. */
export function tryHttpClient(program: string, options = ''): void {
  tryIn(program, {
    async prepare(world) {
      const api = await world.api();
      const [definition, call] = linesToPaste('http-clients.md', program);
      const request = filled(call, { '-hq ': `-hq ${options}`, 'https://api.example.com': api.origin });
      return { api, run: () => world.sh(`${definition ?? ''}\n${request}`) };
    },
    signedOut: /hq is not signed in/,
    refused: 'told',
    refusal: /401|Authentication Failed/,
  });
}
