// A home that an agent serves already: the desktop offers to take over from it.
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { KeyfobError } from '../api/errors.ts';
import { createClient } from '../endpoint/client.ts';
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
    const pid = isRunning(error) ? await agentOf(socketPath) : null;
    if (pid === null) throw error;
    if (!(await ask(pid, desktopTexts[language].takeOver))) return null;
    process.kill(pid, 'SIGTERM');
    return await openOnceFree(open);
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
async function agentOf(socketPath: string): Promise<number | null> {
  const status = await createClient({ socketPath })
    .status()
    .catch(() => null);
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
