// Postman's own runner, with the page's script before the request, and a test behind it that the answer is the API's.
import { linesToPaste } from '../recipe.ts';
import { tryIn } from '../states.ts';

tryIn('Postman', {
  async prepare(world) {
    const api = await world.api();
    const [script = ''] = linesToPaste('api-clients.md', 'Postman');
    const key = (await world.agent.done(['client', 'add', 'postman', '--accounts', 'hq'])).trim();
    const event = (listen: string, exec: string): object => ({ listen, script: { exec: exec.split('\n') } });
    world.write(
      'collection.json',
      JSON.stringify({
        info: { name: 'API', schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json' },
        event: [event('prerequest', script)],
        item: [
          {
            name: 'me',
            request: { method: 'GET', url: `${api.origin}/v1/me` },
            event: [event('test', "pm.test('answers', () => pm.response.to.have.status(200));")],
          },
        ],
      }),
    );
    return {
      api,
      // A skipped request is no failure to it: what counts is whether the test behind it ran.
      run: () =>
        world.sh(
          `newman run collection.json --color off --reporter-json-export out.json -r cli,json \
            --env-var keyfob=${world.agent.ready.endpoint ?? ''} --env-var keyfob_key=${key}
           node -e 'if (require("./out.json").run.stats.assertions.total !== 1) process.exit(1)'`,
        ),
    };
  },
  signedOut: /hq is not signed in\. .*keyfob login hq/,
  refused: 'told',
  refusal: /401/,
});
