// The programs of mail.md that send: with STARTTLS, to a server that takes the token for a password.
import { makeCertificate } from './certificate.ts';
import { startSmtp } from './mail-servers.ts';
import { filled, linesToPaste } from './recipe.ts';
import { tryIn } from './states.ts';
import type { Recipe } from './states.ts';

/** Describes one by its part of the page. `trust`: the line that has it trust the server's certificate. */
export function trySending(
  program: string,
  file: string,
  trust: (certificate: string) => string,
  says: Pick<Recipe, 'signedOut' | 'refusal'>,
): void {
  tryIn(program, {
    async prepare(world) {
      const api = await world.api();
      const certificate = makeCertificate(world.folder);
      const smtp = await startSmtp(certificate, async (token) => {
        const headers = { authorization: `Bearer ${token}` };
        return (await fetch(api.origin, { headers })).status === 200;
      });
      world.atEnd(() => smtp.close());
      const [settings = '', send] = linesToPaste('mail.md', program);
      const port = settings.includes('port 587')
        ? ['port 587', `port ${smtp.port}`]
        : [':587', `:${smtp.port}`];
      const places = { 'smtp.example.com': '127.0.0.1', [port[0]!]: port[1]! };
      world.write(file, `${filled(settings, places)}${trust(certificate.certificate)}\n`);
      world.write('message.txt', 'Subject: A desk\n\nIt is yours.\n');
      return {
        api,
        async run() {
          const before = smtp.sent.length;
          const ran = await world.sh(filled(send, {}));
          const arrived = smtp.sent.length - before;
          if (arrived !== (ran.code === 0 ? 1 : 0)) throw new Error(`${String(arrived)} messages arrived.`);
          return ran;
        },
      };
    },
    refused: 'told',
    ...says,
  });
}
