// `keyfob login`: starts a sign-in at the host and stays until it has ended.
//
// Invariants: with `--no-open`, `--paste` and device codes the address stands alone on the first line of
// standard output, at once; everything for the person goes to standard error. However the command ends before
// the flow does (Ctrl-C, standard input closed), the flow is cancelled, and the exit code is 4.
import { KeyfobError } from '../api/errors.ts';
import { isErrorCode } from '../api/codes.ts';
import type { SignInStep, SignInAnswer } from '../api/sign-ins.ts';
import { endSignals } from '../platform/end-signals.ts';
import { fromProblem } from '../endpoint/client-transport.ts';
import type { Client } from '../endpoint/client.ts';
import { errorText } from './tell.ts';
import { abandonPrompt, readLine } from './input.ts';
import { askingOrigins } from './origins.ts';
import { openAddress } from './open-address.ts';
import { clean } from './text.ts';
import { commandError } from './fail.ts';

export interface LoginFlags {
  readonly open: boolean;
  readonly paste: boolean;
  readonly browser: boolean;
  /** Seconds; left out: 300, or as long as a device's code lives. */
  readonly timeout?: number;
  /** It is for a token that a program needs: standard output is the token's, and a sign-in under way is joined. */
  readonly onDemand?: { readonly by: 'person' | 'program'; readonly askedBy: string };
}

/** How long the host holds a question for the end of a sign-in, in seconds. */
const HOLD = 25;

const stepLabels: Readonly<Record<SignInStep, string>> = {
  page_opened: 'The sign-in page is ready.',
  redirect_caught: 'The vendor’s answer arrived.',
  code_exchanged: 'Code exchanged for a token.',
  token_kept: 'Token stored.',
};

const print = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** Signs an account in. Throws the flow's own error, or `sign_in_cancelled`. */
export function runLogin(client: Client, name: string, options: LoginFlags): Promise<void> {
  return askingOrigins(client, () => signIn(client, name, options));
}

async function signIn(client: Client, name: string, options: LoginFlags): Promise<void> {
  const interruption = listenForInterruption();
  try {
    const starting = client.login(name, {
      ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
      ...(options.paste ? { paste: true } : {}),
      ...(options.browser ? { browser: true } : {}),
      ...(options.onDemand === undefined
        ? {}
        : { on_demand: options.onDemand.by, asked_by: options.onDemand.askedBy }),
    });
    const started = await Promise.race([starting, interruption.happened]);
    if (started === null) {
      await soon(
        starting.then((late) =>
          late.sign_in === undefined || late.joined === true ? null : client.cancelSignIn(late.sign_in.id),
        ),
      );
      throw cancelled();
    }
    if (started.sign_in === undefined) {
      tellDone(name, options.onDemand !== undefined);
      return;
    }
    await followFlow(client, name, { ...started, sign_in: started.sign_in }, options, interruption.happened);
  } finally {
    interruption.forget();
  }
}

/** Tells the end; on standard error where something else stands on standard output. */
function tellDone(name: string, isStandardOutputTaken: boolean): void {
  (isStandardOutputTaken ? process.stderr : process.stdout).write(`Signed in: ${name}.\n`);
}

async function followFlow(
  client: Client,
  name: string,
  { sign_in: flow, joined = false }: { readonly sign_in: SignInAnswer; readonly joined?: boolean },
  options: LoginFlags,
  interrupted: Promise<null>,
): Promise<void> {
  const steps = stepTeller();
  let over = false;
  let stopFollowing = (): void => undefined;
  try {
    if (joined) print(`Waiting for the sign-in to ${name} that is already running.`);
    const printed = joined || (await showAddress(flow, options));
    stopFollowing = followSteps(client, flow.id, steps);
    const ends: Promise<SignInAnswer | null>[] = [
      waitForEnd(client, flow.id, steps, () => over),
      interrupted,
    ];
    if (options.paste && flow.url !== null) ends.push(pasteUntilTaken(client, flow.id, () => over));
    const end = await Promise.race(ends);
    abandonPrompt();
    if (end === null) throw cancelled();
    steps(end);
    if (end.state === 'failed') throw problemOf(end);
    tellDone(name, printed || options.onDemand !== undefined);
  } catch (error) {
    // Whatever went wrong here, the flow must not wait on, unless it is another's; one that has ended already is no trouble.
    if (!joined) await soon(client.cancelSignIn(flow.id));
    throw error;
  } finally {
    over = true;
    abandonPrompt();
    stopFollowing();
  }
}

/** Shows where to sign in. True when the address stands on standard output. */
async function showAddress(flow: SignInAnswer, options: LoginFlags): Promise<boolean> {
  if (flow.url === null) {
    print('Sign in in the window that Keyfob opened. Ctrl-C cancels.');
    return false;
  }
  const url = clean(flow.url, 100_000);
  const isPrinted = options.paste || !options.open || flow.user_code !== null;
  const toStandardOutput = isPrinted && options.onDemand === undefined;
  if (toStandardOutput) process.stdout.write(`${url}\n`);
  else if (flow.user_code !== null) print(url);
  if (flow.user_code !== null) {
    print(`Enter this code on the page: ${clean(flow.user_code)}`);
    await showQrCode(url);
  }
  if (flow.confirmation_code) print(`If the page asks for six digits: ${clean(flow.confirmation_code)}`);
  if (options.paste) {
    print(
      'Open this address, sign in, and paste the address of the page you end on (even if it does not load), or the code it shows.',
    );
  } else if (!options.open) {
    print('Open this address to sign in. Ctrl-C cancels.');
  } else {
    await openAddress(url, toStandardOutput);
  }
  return toStandardOutput;
}

/** Shows a page on a terminal so that a phone can open it. */
async function showQrCode(url: string): Promise<void> {
  if (!process.stderr.isTTY) return;
  const { terminalQrCode } = await import('./qr-code.ts');
  const code = await terminalQrCode(url, process.stderr, process.env['TERM']);
  if (code !== null) process.stderr.write(`Or open the page with your phone:\n${code}`);
}

/** Asks until the flow has ended. Null when the command is over anyway. */
async function waitForEnd(
  client: Client,
  id: string,
  steps: (view: SignInAnswer) => void,
  over: () => boolean,
): Promise<SignInAnswer | null> {
  for (;;) {
    const view = await client.signIn(id, HOLD).catch((error: unknown) => {
      if (!(error instanceof KeyfobError) || error.code !== 'no_such_sign_in') throw error;
      throw commandError(
        'sign_in_cancelled',
        'Keyfob no longer knows this sign-in.',
        'Run `keyfob login` again.',
        error,
      );
    });
    if (over()) return null;
    if (view.state !== 'waiting') return view;
    steps(view);
  }
}

/**
 * Reads redirect URLs from standard input until one is taken. A wrong one is asked for again on a terminal;
 * from a pipe it is the end (`bad_request`). Null when standard input ends.
 */
async function pasteUntilTaken(
  client: Client,
  id: string,
  over: () => boolean,
): Promise<SignInAnswer | null> {
  for (;;) {
    const line = await readLine('Redirect address (not shown): ');
    if (line === null) {
      throw commandError(
        'sign_in_cancelled',
        'No redirect address on standard input.',
        'Run `keyfob login NAME --paste` again and give the address of the page you end on, on one line.',
      );
    }
    if (line.trim() === '') continue;
    try {
      const view = await client.pasteRedirect(id, line.trim());
      // Taken, and still at work (the exchange): the end is told by the other who waits.
      return view.state === 'waiting' ? await new Promise<never>(() => undefined) : view;
    } catch (error) {
      const again =
        error instanceof KeyfobError && error.code === 'bad_request' && process.stdin.isTTY && !over();
      if (!again) throw error;
      process.stderr.write(errorText(error));
    }
  }
}

/** Tells each step once, and what came and was not taken. */
function stepTeller(): (view: SignInAnswer) => void {
  const told = new Set<string>();
  return (view) => {
    for (const step of view.steps) {
      if (told.has(step)) continue;
      told.add(step);
      print(Object.hasOwn(stepLabels, step) ? stepLabels[step] : clean(step));
    }
    if (view.notice && !told.has(view.notice)) {
      told.add(view.notice);
      print(clean(view.notice, 1000));
    }
  };
}

/**
 * Listens to the host's events so that steps are told as they come. Nothing waits for it: without events the
 * steps are told at the end.
 */
function followSteps(client: Client, id: string, steps: (view: SignInAnswer) => void): () => void {
  const opening = client
    .events(({ type, data }) => {
      const about = typeof data === 'object' && data !== null && 'id' in data ? data.id : null;
      if (type !== 'sign_in.changed' || about !== id) return;
      client.signIn(id).then(steps, () => undefined);
    })
    .catch(() => null);
  return () => void opening.then((stream) => stream?.close());
}

/** The error of a flow that failed. */
function problemOf(view: SignInAnswer): KeyfobError {
  const { problem } = view;
  if (problem !== null && isErrorCode(problem.code)) return fromProblem(0, problem);
  return commandError('unexpected', 'The sign-in failed.', 'Run `keyfob login` again.');
}

function cancelled(): KeyfobError {
  return commandError(
    'sign_in_cancelled',
    'The sign-in was cancelled.',
    'Run `keyfob login` again when you are ready.',
  );
}

/** Resolves to null at the first signal to end; a second one ends the process at once. */
function listenForInterruption(): { happened: Promise<null>; forget: () => void } {
  const { promise: happened, resolve } = Promise.withResolvers<null>();
  const listener = (): void => {
    forget();
    resolve(null);
  };
  const forget = (): void => {
    for (const signal of endSignals) process.off(signal, listener);
  };
  for (const signal of endSignals) process.on(signal, listener);
  return { happened, forget };
}

/** Waits for a last request, but not long, and whatever comes of it. */
async function soon(work: Promise<unknown>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, 900);
  await Promise.race([work.catch(() => undefined), late]);
  clearTimeout(timer);
}
