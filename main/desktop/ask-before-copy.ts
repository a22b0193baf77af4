// The question before the token of an account is copied that the person wants to be asked about.
import type { AccountView } from '../api/accounts.ts';
import { desktopTexts } from '../messages/desktop/index.ts';
import type { Notes } from './notes.ts';
import { showBox } from './message-box.ts';

/** Asks in a box of the system's own, in which Esc and Enter say no; true: copy it. */
export async function askBeforeCopy(
  { name, labels }: Pick<AccountView, 'name' | 'labels'>,
  language: ReturnType<Notes['language']>,
): Promise<boolean> {
  const texts = desktopTexts[language].askBeforeCopy;
  const clicked = await showBox({
    type: 'question',
    message: texts.title(name),
    detail: texts.text(labels.environment),
    buttons: [texts.no, texts.yes],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  });
  return clicked === 1;
}
