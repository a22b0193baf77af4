// The scripts of scripts.md: each asks for the token itself, and has a refused one replaced.
import { pythonClient } from '../client-kit.ts';
import { filled, linesToPaste } from './recipe.ts';
import { tryIn } from './states.ts';

/** Describes one by its part of the page. `command`: what runs the file. */
export function tryScript(heading: string, file: string, command: string): void {
  tryIn(heading, {
    async prepare(world) {
      const api = await world.api();
      const [script] = linesToPaste('scripts.md', heading);
      world.write(file, filled(script, { 'https://api.example.com': api.origin }));
      const key = (await world.agent.done(['client', 'add', 'reports', '--accounts', 'hq'])).trim();
      return {
        api,
        run: () =>
          world.sh(`${command} ${file}`, {
            KEYFOB_ENDPOINT: world.agent.ready.endpoint ?? '',
            KEYFOB_KEY: key,
            PYTHONPATH: pythonClient,
            PYTHONDONTWRITEBYTECODE: '1',
          }),
      };
    },
    signedOut: /hq is not signed in\. .*keyfob login hq/,
    refused: 'mended',
    refusal: /before an answer came/,
  });
}
