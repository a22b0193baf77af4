// What a person is told about the files of a home beside settings, profiles and vault: what stands in the place of
// one, and why nothing can be written.
//
// Invariant: none of them is a reason not to start, or not to serve.
import path from 'node:path';
import { readdirSync } from 'node:fs';
import { KeyfobError } from '../api/errors.ts';
import { message, type Message } from '../api/problems/index.ts';
import type { HomePaths } from '../adapters/paths.ts';
import { setStrayAside, systemCode } from '../platform/atomic-file.ts';

/**
 * Moves aside what stands in the place of a history, audit or log and is no file that can be read; tells each. Throws
 * `unexpected`, naming the file, for what cannot be moved.
 */
export function setStraysAside({ history, audit, logs }: HomePaths, tell: (notice: Message) => void): void {
  const lines = [audit, logs].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.jsonl'))
      .map((name) => path.join(folder, name)),
  );
  for (const file of [history, ...lines]) {
    try {
      const aside = setStrayAside(file);
      if (aside !== null) tell(message('stray_set_aside', { file, aside }));
    } catch (error) {
      throw new KeyfobError('stray_stays', { file, code: systemCode(error) }, { cause: error });
    }
  }
}

/** What cannot be written now; a full disk is told once. The audit tells the rest of itself. */
export function tellUnwritten(
  { configFolder, history, logs }: HomePaths,
  problems: { readonly history: string | null; readonly log: string | null; readonly audit: Message | null },
): Message[] {
  const audit = problems.audit?.params['code'];
  if ([problems.history, problems.log, audit].some((code) => code === 'ENOSPC' || code === 'EDQUOT')) {
    return [message('disk_full', { folder: configFolder })];
  }
  return [
    ...(problems.history === null ? [] : [message('not_written', { file: history, code: problems.history })]),
    ...(problems.log === null ? [] : [message('not_written', { file: logs, code: problems.log })]),
  ];
}
