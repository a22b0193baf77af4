import { execFile } from 'node:child_process';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { judge, peerUid, peerUser } from './peer-user.ts';
import type { Ends, PeerUser } from './peer-user.ts';

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
// Lines of Linux 6 on x86-64, as they were read while user 1007 was connected to port 44341 of user 0.
const LISTENING =
  '   3: 0100007F:AD35 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 122716 1 00000000b794df6e 100 0 0 10 0';
const OURS =
  ' 181: 0100007F:AD35 0100007F:8996 01 00000000:00000000 00:00000000 00000000     0        0 122718 1 00000000fe7e7f4d 20 0 0 10 -1';
const THEIRS =
  ' 312: 0100007F:8996 0100007F:AD35 01 00000000:00000000 00:00000000 00000000  1007        0 122717 2 0000000024c81a8a 20 0 0 10 -1';
const CLOSED =
  ' 314: 0100007F:8996 0100007F:AD35 04 00000001:00000000 01:00000013 00000000     0        0 0 2 0000000024c81a8a 20 0 0 11 -1';
const HALF_CLOSED =
  ' 314: 0100007F:8996 0100007F:AD35 05 00000000:00000000 00:00000000 00000000  1007        0 122717 2 000000009a5aa710 20 0 0 11 -1';
const TIME_WAIT =
  ' 311: 0100007F:8996 0100007F:AD35 06 00000000:00000000 03:00001765 00000000     0        0 0 3 0000000076feb5bd                   ';
const MAPPED =
  '   1: 0000000000000000FFFF00000100007F:8996 0000000000000000FFFF00000100007F:AD35 01 00000000:00000000 00:00000000 00000000  1007        0 122721 2 000000002a692fcc 20 0 0 10 -1';
const SIX =
  '   1: 00000000000000000000000001000000:8996 00000000000000000000000001000000:AD35 01 00000000:00000000 00:00000000 00000000  1007        0 17383 2 00000000d10cb6cc 20 0 0 10 -1';

const table = (...lines: string[]): string => `${[HEAD, ...lines].join('\n')}\n`;
const ends = (remoteAddress: string, localAddress = remoteAddress, remotePort = 0x8996): Ends => ({
  localAddress,
  localPort: 0xad35,
  remoteAddress,
  remotePort,
});
const uid = (text: string, at = ends('127.0.0.1')): number | null => peerUid(text, at, 'LE');

describe("a peer's uid in the kernel's table", () => {
  it("is that of the peer's own row, not of ours", () => {
    expect(uid(table(LISTENING, OURS, THEIRS))).toBe(1007);
    expect(uid(table(LISTENING, OURS))).toBeNull();
  });

  it('is found for IPv6, and for an IPv4 address that an IPv6 socket is connected to', () => {
    expect(uid(table(OURS) + table(MAPPED))).toBe(1007);
    expect(uid(table(MAPPED), ends('::ffff:127.0.0.1'))).toBe(1007);
    expect(uid(table(SIX), ends('::1'))).toBe(1007);
    expect(uid(table(SIX), ends('127.0.0.1'))).toBeNull();
  });

  it('cannot be told once the peer has closed its end, or a connection of these ports is over', () => {
    expect(uid(table(OURS, CLOSED))).toBeNull();
    expect(uid(table(OURS, HALF_CLOSED))).toBeNull();
    expect(uid(table(OURS, TIME_WAIT))).toBeNull();
    // An established row without an inode belongs to nobody.
    expect(uid(table(THEIRS.replace('122717', '0')))).toBeNull();
    // A row that is left over beside the right one changes nothing.
    expect(uid(table(TIME_WAIT, OURS, THEIRS))).toBe(1007);
  });

  it('wants both ends to fit, and one answer', () => {
    for (const other of [
      ends('127.0.0.2'),
      ends('127.0.0.1', '127.0.0.2'),
      ends('127.0.0.1', '127.0.0.1', 1),
    ])
      expect(uid(table(THEIRS), other)).toBeNull();
    expect(uid(table(THEIRS, THEIRS.replace('1007', '1008')))).toBeNull();
    expect(uid(table(THEIRS, THEIRS))).toBe(1007);
  });

  it('reads addresses in the byte order of the machine', () => {
    const big = THEIRS.replaceAll('0100007F', '7F000001');
    expect(peerUid(table(big), ends('127.0.0.1'), 'BE')).toBe(1007);
    expect(peerUid(table(THEIRS), ends('127.0.0.1'), 'BE')).toBeNull();
  });

  it('is not guessed from other text', () => {
    const broken = ['', 'x', THEIRS.slice(0, 60), THEIRS.replace('1007', '-'), THEIRS.replace(':8996', '')];
    for (const line of broken) expect(uid(table(line))).toBeNull();
    expect(uid(table(THEIRS), { ...ends('127.0.0.1'), remoteAddress: undefined })).toBeNull();
  });
});

describe('what a uid means', () => {
  const own = { uid: 1000, unambiguous: true, wsl: false };
  it.each<[string, number, typeof own, PeerUser]>([
    ['our own', 1000, own, 'own'],
    ["another user's", 1001, own, 'other'],
    ["root's", 0, own, 'other'],
    ["root's under WSL, whose relay is root", 0, { ...own, wsl: true }, 'unknown'],
    ["another user's under WSL", 1001, { ...own, wsl: true }, 'other'],
    ['a number that stands for many', 1000, { ...own, unambiguous: false }, 'unknown'],
  ])('is told for %s', (_name, told, mine, means) => {
    expect(judge(told, mine)).toBe(means);
  });
});

const linux = process.platform === 'linux';
const canBeAnother = linux && process.getuid?.() === 0;
const why = canBeAnother ? '' : ' (left out: only root can be another user)';

describe.runIf(linux)('a real connection', () => {
  let server: Server;
  let port: number;
  const waiting: ((user: PeerUser) => void)[] = [];
  let hold = (_socket: Socket): Promise<void> => Promise.resolve();

  beforeAll(async () => {
    server = createServer((socket) => {
      socket.on('error', () => undefined).resume();
      void hold(socket)
        .then(() => peerUser(socket))
        .then((user) => {
          waiting.shift()?.(user);
          socket.destroy();
        });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // Listening on TCP, so not a pipe's name.
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const told = (): Promise<PeerUser> => new Promise((resolve) => waiting.push(resolve));

  it('of our own is known, over an IPv4-mapped address too', async () => {
    for (const address of ['127.0.0.1', '::ffff:127.0.0.1']) {
      const user = told();
      connect(port, address).on('error', () => undefined);
      expect([address, await user]).toEqual([address, 'own']);
    }
  });

  it('that sends and closes at once is nobody’s', async () => {
    hold = (socket) => new Promise((resolve) => socket.once('end', () => resolve()));
    const user = told();
    connect(port, '127.0.0.1')
      .on('error', () => undefined)
      .end('GET / HTTP/1.1\r\n\r\n');
    expect(await user).toBe('unknown');
    hold = () => Promise.resolve();
  });

  it('that was reset is nobody’s, though the next of the same ports is our own', async () => {
    const accepted: Socket[] = [];
    hold = (socket) => {
      accepted.push(socket);
      return new Promise(() => undefined);
    };
    /** False when the port was somebody's before the next could have it. */
    const attempt = async (): Promise<boolean> => {
      // Below those that the system gives out: a busy machine has none of them that could be had again at once.
      const localPort = 20_000 + Math.floor(Math.random() * 10_000);
      const client = connect({ port, host: '127.0.0.1', localPort });
      const opened = await new Promise<boolean>((resolve) => {
        client.once('connect', () => resolve(true)).on('error', () => resolve(false));
      });
      if (!opened) return false;
      const ours = (): Socket | undefined => accepted.find(({ remotePort }) => remotePort === localPort);
      await expect.poll(ours).toBeDefined();
      const socket = ours();
      if (socket === undefined) return false;
      const looking = peerUser(socket);
      client.resetAndDestroy();
      const next = connect({ port, host: '127.0.0.1', localPort });
      const has = await new Promise<boolean>((resolve) => {
        next.once('connect', () => resolve(true)).once('error', () => resolve(false));
      });
      if (has) expect(await looking).toBe('unknown');
      next.destroy();
      return has;
    };
    let done = false;
    for (let time = 0; time < 5 && !done; time++) done = await attempt();
    expect(done).toBe(true);
    hold = () => Promise.resolve();
  });

  it.runIf(canBeAnother)(`of another user is known as that${why}`, async () => {
    for (const host of ['127.0.0.1', '[::ffff:127.0.0.1]']) {
      const user = told();
      const curl = ['curl', '-s', '-g', '--noproxy', '*', `http://${host}:${String(port)}/`];
      const child = execFile('setpriv', ['--reuid', '65534', '--clear-groups', ...curl], () => undefined);
      expect([host, await user]).toEqual([host, 'other']);
      await new Promise((resolve) => child.once('close', resolve));
    }
  });
});
