// A home that an agent serves already: the desktop offers to take over from it.
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { KeyfobError } from '../api/errors.ts';
import { createClient, type Client } from '../endpoint/client.ts';
import { desktopTexts } from '../messages/desktop/index.ts';
import type { DesktopTexts, Language } from '../messages/desktop/index.ts';
import { showBox } from './message-box.ts';

/** Ms for which an agent that was told to end is waited for: with a refresh token under way it takes up to 25 s. */
const endWithin = 28_000;
const lookAgain = 100;

/**
 * Opens what needs the home to itself. Where an agent has it, the person is asked; null: it is left to the
 * agent. Throws what `open` throws, and `already_running` when the agent does not end.
 */
export async function openOrTakeOver<T>(
  open: () => Promise<T>,
  socketPath: string,
  language: Language,
): Promise<T | null> {
  try {
    return await open();
  } catch (error) {
    const client = createClient({ socketPath });
    const pid = isRunning(error) ? await agentOf(client) : null;
    if (pid === null) throw error;
    if (!(await ask(pid, desktopTexts[language].takeOver))) return null;
    await end(client, pid);
    return await openOnceFree(open);
  }
}

/** Tells the agent to end; one that does not take the request (an older one) by a signal, which Windows has not. */
async function end(client: Client, pid: number): Promise<void> {
  try {
    await client.stop();
  } catch (error) {
    if (process.platform === 'win32') throw error;
    process.kill(pid, 'SIGTERM');
  }
}

async function openOnceFree<T>(open: () => Promise<T>): Promise<T> {
  for (let waited = 0; ; waited += lookAgain) {
    try {
      return await open();
    } catch (error) {
      if (!isRunning(error) || waited >= endWithin) throw error;
      await wait(lookAgain);
    }
  }
}

function isRunning(error: unknown): boolean {
  return error instanceof KeyfobError && error.code === 'already_running';
}

/** The process of the agent that serves a socket, or null when it is none or does not answer. */
async function agentOf(client: Client): Promise<number | null> {
  const status = await client.status().catch(() => null);
  return status?.host === 'agent' ? status.pid : null;
}

async function ask(pid: number, texts: DesktopTexts['takeOver']): Promise<boolean> {
  const clicked = await showBox({
    type: 'question',
    message: texts.title,
    detail: texts.text(pid),
    buttons: [texts.yes, texts.no],
    defaultId: 0,
    cancelId: 1,
    noLink: true,
  });
  return clicked === 0;
}
