// The short way of the commands that other programs call all day: `token`, and the helpers of git, kubectl and docker.
// Built as a file of its own (dist/main/quick.cjs), which bin/keyfob.cjs loads before anything else.
//
// Invariants: it loads node:net, node:fs, node:os and node:path, and speaks HTTP by itself; nothing is sent to a socket
// that could be another user's. It prints what a 200 gives and nothing else: whatever else there is to do or to say it
// hands over to the whole command line, together with what it has got, so that nothing is asked for twice, but for a
// token that takes a sign-in.
import { readSync, writeSync } from 'node:fs';
import { connect } from 'node:net';
import type { TokenAnswer } from '../api/accounts.ts';
import type { TokenRequest } from '../accounts/views.ts';
import { ANSWER_WITHIN, ENDED, NO_ANSWER, tokenRoute } from '../endpoint/client-request.ts';
import { findForeign } from '../platform/own-socket.ts';
import { socketPath } from '../platform/paths.ts';
import * as protocols from './helper-protocols.ts';
import { notWritten } from './output-errors.ts';
import { isName, parsePlainly } from './plain-arguments.ts';
import { parseTokenQuickly, TOKEN_COMMAND, tokenText } from './token-format.ts';

/** What the short way has got already when it hands a command over. */
export interface HandedOver {
  /** The host's answer, or what a status of ours says of a host that took the request (`NO_ANSWER`, `ENDED`). */
  readonly answer?: { readonly status: number; readonly text: string };
  /** What stood on standard input, now read. */
  readonly input?: string;
}

/** What a command prints, and its exit code. */
interface Output {
  readonly text: string;
  readonly code: number;
}

/** A command that asks for a token. */
interface Plan {
  request(input: string): TokenRequest;
  /** Whether the whole command begins a sign-in where one is needed. */
  readonly canSignIn?: true;
  /** Looks at what stands on standard input: null to go on, else what is answered without asking. */
  readonly judgeInput?: (input: string) => Output | null;
  /** What is printed for a token; null where it cannot be. */
  print(answer: TokenAnswer, input: string): string | null;
}

/**
 * Runs a command line, without program and script, by the short way and ends the process; or calls `handOver` where
 * there is more to do than that.
 */
export function runQuickly(args: readonly string[], handOver: (given: HandedOver) => void): void {
  const plan = planOf(args);
  if (plan === null) handOver({});
  else if ('code' in plan) print(plan);
  else ask(plan, handOver);
}

/** What a command line wants, where it is plain: null for all else. */
function planOf([command, ...args]: readonly string[]): Plan | Output | null {
  switch (command) {
    case 'token':
      return planToken(args);
    case 'git-credential':
      return planGit(args);
    case 'kubectl-credential':
      return planKubectl(args);
    case 'docker-credential':
      return planDocker(args);
    default:
      return null;
  }
}

function planToken(args: readonly string[]): Plan | null {
  const options = parseTokenQuickly(args);
  if (options === null || (options.account !== undefined && !isName(options.account))) return null;
  return {
    request: () => ({ ...options, application: TOKEN_COMMAND }),
    print(answer) {
      const made = tokenText(answer, options.format);
      return 'text' in made ? made.text : null;
    },
  };
}

function planKubectl(args: readonly string[]): Plan | null {
  const [account = '', ...more] = args;
  const version = protocols.execVersion(process.env['KUBERNETES_EXEC_INFO']);
  if (!isName(account) || more.length > 0 || version === null) return null;
  const holder = protocols.kubectlHolder(process.ppid);
  const request = { account, holder, idToken: 'preferred', application: 'kubectl' } as const;
  return {
    request: () => request,
    canSignIn: true,
    print: (answer) => protocols.execCredential(answer, version),
  };
}

/** Name, operation and options of git's and docker's helpers, where they are plain. */
function helperOf(args: readonly string[]) {
  const plain = parsePlainly(args, ['username', 'host']);
  if (plain === null) return null;
  const [account = '', operation = '', ...more] = plain.operands;
  if (!isName(account) || more.length > 0) return null;
  const username = plain.options.get('username')?.at(-1) ?? protocols.OWN_USERNAME;
  return { account, operation, options: { username, hosts: plain.options.get('host') ?? [] } };
}

function planGit(args: readonly string[]): Plan | Output | null {
  const helper = helperOf(args);
  if (helper === null) return null;
  const { account, operation, options } = helper;
  if (operation === 'store') return { text: '', code: 0 };
  if (operation !== 'get' || options.hosts.length === 0) return null;
  return {
    request: (input) => ({
      account,
      application: protocols.askedBy('git', protocols.parseGitRequest(input).get('host')),
    }),
    canSignIn: true,
    judgeInput(input) {
      const may = protocols.gitMayHave(protocols.parseGitRequest(input), options.hosts);
      return may ? null : { text: '', code: 0 };
    },
    print: (answer, input) => protocols.gitAnswer(answer, input, options.username),
  };
}

function planDocker(args: readonly string[]): Plan | Output | null {
  const helper = helperOf(args);
  if (helper === null) return null;
  const { account, operation, options } = helper;
  const made = protocols.dockerWithoutAsking(operation, options);
  if (made !== null) return made;
  if (operation !== 'get' || options.hosts.length === 0) return null;
  return {
    request: (input) => ({
      account,
      application: protocols.askedBy('docker', protocols.registryOf(input.trim()).host),
    }),
    canSignIn: true,
    judgeInput(input) {
      const { protocol, host } = protocols.registryOf(input.trim());
      const may = protocols.mayHave(protocol, host, options.hosts);
      return may ? null : { text: protocols.DOCKER_NOT_FOUND, code: 1 };
    },
    print: (answer, input) => protocols.dockerAnswer(answer, input.trim(), options.username),
  };
}

/** Asks the host, once more where it slept before it had read the request (408), and prints what it gives. */
function ask(plan: Plan, handOver: (given: HandedOver) => void): void {
  const path = socketPath(process.env);
  // A named pipe wants a proof of both ends, which the long way makes (pipe-proof.ts).
  if (path.startsWith('\\\\') || findForeign(path) !== null) {
    handOver({});
    return;
  }
  let input: string | undefined;
  /** Before the request: standard input is read once a host is there, so that it is handed over unread without one. */
  const begin = (): boolean => {
    if (plan.judgeInput === undefined || input !== undefined) return true;
    input = readInput();
    const tooLong = input.length > protocols.MAX_REQUEST;
    const made = tooLong ? null : plan.judgeInput(input);
    if (made !== null) print(made);
    else if (tooLong) handOver({ input });
    return made === null && !tooLong;
  };
  const request = (): TokenRequest => plan.request(input ?? '');
  const given = (answer?: HandedOver['answer']): HandedOver => ({
    ...(answer === undefined ? {} : { answer }),
    ...(input === undefined ? {} : { input }),
  });
  const finish = (answer?: HandedOver['answer']): void => {
    if (answer?.status === 408) {
      exchange(path, request, begin, (again) => handOrPrint(again));
      return;
    }
    handOrPrint(answer);
  };
  const handOrPrint = (answer?: HandedOver['answer']): void => {
    const text = answer?.status === 200 ? textOf(plan, answer.text, input ?? '') : null;
    // A sign-in that is needed can be begun there: the token is asked for again by it.
    if (text === null)
      handOver(given(answer?.status === 409 && plan.canSignIn === true ? undefined : answer));
    else print({ text, code: 0 });
  };
  exchange(path, request, begin, finish);
}

/** The text of an answer of the host, or null where it is none or cannot be printed. */
function textOf(plan: Plan, json: string, input: string): string | null {
  try {
    const answer = JSON.parse(json) as TokenAnswer;
    return typeof answer.access_token === 'string' ? plan.print(answer, input) : null;
  } catch {
    return null;
  }
}

/**
 * One exchange over the socket (RFC 9112): `done` gets status and text, or nothing where nothing was sent. The request is
 * sent when `begin` says so once the connection is there.
 */
function exchange(
  path: string,
  request: () => TokenRequest,
  begin: () => boolean,
  done: (answer?: HandedOver['answer']) => void,
): void {
  let over = false;
  let sent = false;
  const end = (answer?: HandedOver['answer']): void => {
    if (over) return;
    over = true;
    socket.destroy();
    done(answer);
  };
  const chunks: Buffer[] = [];
  const socket = connect(path, () => {
    if (!begin()) {
      over = true;
      socket.destroy();
      return;
    }
    sent = true;
    socket.write(
      `GET ${tokenRoute(request())} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nConnection: close\r\n\r\n`,
    );
    // Set while the host is at work.
    socket.setTimeout(ANSWER_WITHIN, () => end({ status: NO_ANSWER, text: '' }));
  });
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    // Mostly all of it came at once: then nobody waits for the connection's end.
    const answer = readResponse(chunks.length === 1 ? chunk : Buffer.concat(chunks), false);
    if (answer !== undefined) end(answer);
  });
  const lost = (): HandedOver['answer'] => (sent ? { status: ENDED, text: '' } : undefined);
  socket.on('error', () => end(lost()));
  socket.on('close', () => end(readResponse(Buffer.concat(chunks), true) ?? lost()));
}

/** Status and text of a whole response; undefined for one that is not whole yet. `ended`: no more comes. */
export function readResponse(bytes: Buffer, ended: boolean): HandedOver['answer'] {
  const split = bytes.indexOf('\r\n\r\n');
  const [first = '', ...lines] = bytes.toString('latin1', 0, Math.max(0, split)).split('\r\n');
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1];
  if (split < 0 || status === undefined) return undefined;
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  const body = bytes.subarray(split + 4);
  const length = headers.get('content-length');
  const coding = headers.get('transfer-encoding');
  const whole = coding !== undefined ? dechunked(body) : cut(body, length, ended);
  return whole === null ? undefined : { status: Number(status), text: whole.toString('utf8') };
}

/** A body of a stated length, or up to the end of the connection; null when some of it is missing. */
function cut(body: Buffer, length: string | undefined, ended: boolean): Buffer | null {
  if (length === undefined) return ended ? body : null;
  return /^\d+$/.test(length) && body.length >= Number(length) ? body.subarray(0, Number(length)) : null;
}

/** A body without its chunks (RFC 9112 section 7.1); null when the last one is missing. */
function dechunked(body: Buffer): Buffer | null {
  const pieces: Buffer[] = [];
  for (let at = 0; ;) {
    const line = body.indexOf('\r\n', at);
    const size = line < 0 ? undefined : /^[\da-f]{1,8}/i.exec(body.toString('latin1', at, line))?.[0];
    if (size === undefined) return null;
    const length = Number.parseInt(size, 16);
    if (length === 0) return Buffer.concat(pieces);
    if (body.length < line + 2 + length + 2) return null;
    pieces.push(body.subarray(line + 2, line + 2 + length));
    at = line + 2 + length + 2;
  }
}

/** Standard input to its end, or to one character more than a request may have. Waits for it. */
function readInput(): string {
  const chunks: Buffer[] = [];
  for (let size = 0; size <= protocols.MAX_REQUEST * 4;) {
    const chunk = Buffer.alloc(4096);
    const count = readSome(chunk);
    if (count === 0) break;
    chunks.push(chunk.subarray(0, count));
    size += count;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Bytes that came; 0 at the end, and where there is nothing to read from. */
function readSome(chunk: Buffer): number {
  try {
    return whenReady(() => readSync(0, chunk));
  } catch {
    return 0;
  }
}

/** Prints and ends the process. A reader that went away is no error; what could not be written otherwise is told, with 1. */
function print({ text, code }: Output): void {
  const bytes = Buffer.from(text);
  try {
    for (let at = 0; at < bytes.length;) at += whenReady(() => writeSync(1, bytes, at));
  } catch (error) {
    const { code: why = '?' } = error as NodeJS.ErrnoException;
    if (why === 'EPIPE') process.exit(0);
    try {
      writeSync(2, notWritten(why));
    } catch {
      // Nobody hears it.
    }
    process.exit(1);
  }
  process.exit(code);
}

/** Does what the other end may not be ready for (EAGAIN) until it is. */
function whenReady(act: () => number): number {
  for (;;) {
    try {
      return act();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
