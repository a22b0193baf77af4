import { makeCertificate } from '../certificate.ts';
import { startDovecot } from '../mail-servers.ts';
import { filled, linesToPaste } from '../recipe.ts';
import { tryIn } from '../states.ts';

tryIn('isync', {
  async prepare(world) {
    const api = await world.api({
      answer: (_request, response) =>
        void response
          .writeHead(200, { 'content-type': 'application/json' })
          .end('{"active":true,"username":"alice@example.com"}'),
    });
    const certificate = makeCertificate(world.folder);
    const dovecot = await startDovecot(certificate, `${api.origin}/introspect`);
    world.atEnd(() => dovecot.close());
    const [settings, sync] = linesToPaste('mail.md', 'isync');
    const places = { 'imap.example.com': '127.0.0.1', 'Port 993': `Port ${dovecot.port}` };
    const trusting = `SSLType IMAPS\nCertificateFile ${certificate.certificate}`;
    world.write('.mbsyncrc', filled(settings, { ...places, 'SSLType IMAPS': trusting }));
    return {
      api,
      run: () => world.sh(`rm -rf ~/Mail ~/.mbsync\n${filled(sync, {})}grep -r 'A desk' ~/Mail`),
    };
  },
  signedOut: /hq is not signed in/,
  refused: 'told',
  refusal: /AUTHENTICATE|authenticat/i,
});
