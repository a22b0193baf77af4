import { linesToPaste } from '../recipe.ts';
import { tryIn } from '../states.ts';

tryIn('Bruno', {
  async prepare(world) {
    const api = await world.api();
    const [script = ''] = linesToPaste('api-clients.md', 'Bruno');
    const key = (await world.agent.done(['client', 'add', 'bruno', '--accounts', 'hq'])).trim();
    world.write('api/bruno.json', JSON.stringify({ version: '1', name: 'API', type: 'collection' }));
    const request = `get {\n  url: ${api.origin}/v1/me\n  body: none\n  auth: none\n}\n`;
    const wanted = 'assert {\n  res.status: eq 200\n}\n';
    world.write(
      'api/me.bru',
      `meta {\n  name: me\n  type: http\n  seq: 1\n}\n\n${request}\n${wanted}\n${script}`,
    );
    return {
      api,
      run: () =>
        world.sh(
          `cd api\nbru run --env-var keyfob=${world.agent.ready.endpoint ?? ''} --env-var keyfob_key=${key}`,
        ),
    };
  },
  signedOut: /hq is not signed in\. .*keyfob login hq/,
  refused: 'told',
  refusal: /401/,
});
