// The question before the token of an account is copied that the person wants to be asked about.
import { showBox } from './message-box.ts';

/** Asks in a box of the system's own, whose harmless answer is the first; true: copy it. */
export async function askBeforeCopy(account: string): Promise<boolean> {
  const clicked = await showBox({
    type: 'question',
    message: `Copy the token of ${account}?`,
    detail: 'You want to be asked before a token of this account is copied.',
    buttons: ['Cancel', 'Copy token'],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  });
  return clicked === 1;
}
