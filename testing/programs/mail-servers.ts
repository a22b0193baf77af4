// Mail servers on loopback that take a token by XOAUTH2 or OAUTHBEARER, and ask an API whether it is good: a small one for
// sending, and Dovecot for reading.
import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { TLSSocket } from 'node:tls';

import { freePort, until } from '../program.ts';
import { secureOptions } from './certificate.ts';
import type { Certificate } from './certificate.ts';

export interface MailServer {
  readonly port: number;
  close(): void;
}

/** A server for sending (RFC 5321) with STARTTLS; `takes` judges a token. Gives what was sent in `sent`. */
export async function startSmtp(
  certificate: Certificate,
  takes: (token: string) => Promise<boolean>,
): Promise<MailServer & { readonly sent: string[] }> {
  const sent: string[] = [];
  const secret = secureOptions(certificate);
  const serve = (socket: Socket, isSecure: boolean): void => {
    let [text, message] = ['', null as string | null];
    let [isKnown, awaited] = [false, null as 'token' | 'end of the refusal' | null];
    const say = (line: string): void => void socket.write(`${line}\r\n`);
    /** Both mechanisms have the token in a field of their own (RFC 7628 section 3.1); a refusal has two steps. */
    const judge = async (answer: string): Promise<void> => {
      const token = /auth=Bearer ([^\x01]+)/.exec(Buffer.from(answer, 'base64').toString())?.[1];
      isKnown = isSecure && (await takes(token ?? ''));
      if (isKnown) return say('235 Welcome');
      awaited = 'end of the refusal';
      say(`334 ${Buffer.from('{"status":"invalid_token"}').toString('base64')}`);
    };
    const hear = async (line: string): Promise<void> => {
      const wanted = awaited;
      awaited = null;
      if (wanted === 'token') return judge(line);
      if (wanted === 'end of the refusal') return say('535 5.7.8 The token is not taken');
      if (message !== null) {
        if (line !== '.') return void (message += `${line}\n`);
        sent.push(message);
        message = null;
        return say('250 Taken');
      }
      const [verb = '', ...rest] = line.split(' ');
      switch (verb.toUpperCase()) {
        case 'EHLO':
          if (isSecure) say('250-AUTH XOAUTH2 OAUTHBEARER');
          return say(isSecure ? '250 8BITMIME' : '250 STARTTLS');
        case 'STARTTLS':
          say('220 Go ahead');
          socket.removeAllListeners('data');
          return serve(new TLSSocket(socket, { isServer: true, ...secret }), true);
        case 'AUTH':
          if (rest[1] !== undefined) return judge(rest[1]);
          awaited = 'token';
          return say('334 ');
        case 'DATA':
          if (!isKnown) return say('530 5.7.0 Sign in first');
          message = '';
          return say('354 Go on');
        case 'QUIT':
          say('221 Bye');
          return void socket.end();
        default:
          return say(isKnown || verb === 'RSET' ? '250 Fine' : '530 5.7.0 Sign in first');
      }
    };
    let turn = Promise.resolve();
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        const line = text.slice(0, end);
        text = text.slice(end + 2);
        turn = turn.then(() => hear(line));
      }
    });
  };
  const server = createServer((socket) => {
    socket.write('220 smtp.example.com\r\n');
    serve(socket, false);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    // Listening on TCP, so not a pipe's name.
    port: (server.address() as AddressInfo).port,
    sent,
    close: () => void server.close(),
  };
}

/** Dovecot with one message for alice@example.com; asks `introspection` about a token (RFC 7662, with the token as Bearer). */
export async function startDovecot(
  { certificate, key }: Certificate,
  introspection: string,
): Promise<MailServer> {
  const port = await freePort();
  // Not below a folder that is closed to others: its processes change to users of their own.
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kf-imap-'));
  chmodSync(folder, 0o755);
  const mail = path.join(folder, 'mail', 'new');
  mkdirSync(mail, { recursive: true });
  writeFileSync(path.join(mail, '1.desk'), 'From: bob@example.com\nSubject: A desk\n\nIt is yours.\n');
  const nobody = 65_534;
  for (const one of [mail, path.dirname(mail), path.join(mail, '1.desk')]) chownSync(one, nobody, nobody);
  const file = (name: string, text: string): string => {
    writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  };
  const oauth2 = file(
    'oauth2.conf',
    `introspection_url = ${introspection}\nintrospection_mode = auth\nusername_attribute = username\nactive_attribute = active\nactive_value = true\n`,
  );
  const config = file(
    'dovecot.conf',
    `base_dir = ${folder}/run
state_dir = ${folder}/run
log_path = ${folder}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <${certificate}
ssl_key = <${key}
auth_mechanisms = xoauth2 oauthbearer
first_valid_uid = 1
mail_location = maildir:${folder}/mail
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${oauth2}
}
userdb {
  driver = static
  args = uid=${nobody} gid=${nobody} home=${folder}
}
service imap-login {
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    port = ${port}
    ssl = yes
  }
}
`,
  );
  const server = spawn('dovecot', ['-F', '-c', config], { stdio: 'ignore' });
  await until('an IMAP server', () => canConnect(port));
  return {
    port,
    close() {
      server.kill();
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
