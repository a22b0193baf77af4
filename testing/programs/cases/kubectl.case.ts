import { makeCertificate } from '../certificate.ts';
import { filled, linesToPaste } from '../recipe.ts';
import { tryIn } from '../states.ts';

tryIn('kubectl', {
  async prepare(world) {
    const certificate = makeCertificate(world.folder);
    const api = await world.api({ certificate });
    const [users] = linesToPaste('kubectl.md');
    world.write(
      '.kube/config',
      `apiVersion: v1
kind: Config
clusters:
  - name: work
    cluster: { server: '${api.origin}', certificate-authority: '${certificate.certificate}' }
contexts: [{ name: work, context: { cluster: work, user: hq } }]
current-context: work
${filled(users, {})}`,
    );
    return { api, run: () => world.sh('kubectl get --raw /v1/me') };
  },
  signedOut: /hq is not signed in/,
  refused: 'for the next run',
  refusal: /Unauthorized|logged in|401/i,
});
