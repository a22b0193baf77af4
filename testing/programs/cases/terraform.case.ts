// Terraform with what is built into it: no provider is fetched. A resource calls the API when it is made.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { filled, linesToPaste } from '../recipe.ts';
import { tryIn } from '../states.ts';

tryIn('Terraform', {
  async prepare(world) {
    const api = await world.api();
    const [variable = '', apply] = linesToPaste('terraform.md', 'A variable that is not kept');
    const resource = `resource "terraform_data" "me" {
  provisioner "local-exec" {
    command     = "curl -sS --fail -K - ${api.origin}/v1/me"
    interpreter = ["sh", "-c", "printf 'header = \\"Authorization: Bearer %s\\"' \\"$TOKEN\\" | $0"]
    environment = { TOKEN = var.token }
  }
}
`;
    world.write('me/main.tf', `${variable}\n${resource}`);
    const state = path.join(world.folder, 'me', 'terraform.tfstate');
    return {
      api,
      async run() {
        const ran = await world.sh(`cd me\nrm -f terraform.tfstate*\n${filled(apply, {})}`, {
          CHECKPOINT_DISABLE: '1',
        });
        const token = api.seen.at(-1)?.token ?? '';
        if (token !== '' && existsSync(state) && readFileSync(state, 'utf8').includes(token))
          throw new Error('The state holds the token.');
        return ran;
      },
    };
  },
  signedOut: /hq is not signed in/,
  refused: 'told',
  refusal: /401/,
});
