// What a person is told about the files of a home beside settings, profiles and vault: what stands in the place of
// one, and why nothing can be written.
//
// Invariant: what cannot be written is no reason not to serve; what cannot be moved aside is told, and ends the start.
import path from 'node:path';
import { existsSync, readdirSync, statfsSync } from 'node:fs';
import { KeyfobError } from '../api/errors.ts';
import { message, type Message } from '../api/problems/index.ts';
import type { VaultKind } from '../api/status.ts';
import type { HomePaths } from '../platform/paths.ts';
import { setStrayAside, systemCode } from '../platform/atomic-file.ts';

/** Bytes without which a disk counts as full: what some changes of accounts take. */
const minSpace = 64 * 1024;

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

/** What is written to, and why it cannot be now. */
interface Written<Problem> {
  problem(): Problem | null;
}

/** What cannot be written now; a full disk is told once. The audit tells the rest of itself. */
export function tellUnwritten(
  { configFolder, history, logs }: HomePaths,
  written: Readonly<Record<'history' | 'log', Written<string>>> & { readonly audit: Written<Message> },
): Message[] {
  const problems = { history: written.history.problem(), log: written.log.problem() };
  const audit = written.audit.problem()?.params['code'];
  const codes = [problems.history, problems.log, audit];
  if (codes.some((code) => code === 'ENOSPC' || code === 'EDQUOT') || !hasSpace(configFolder)) {
    return [message('disk_full', { folder: configFolder })];
  }
  return [
    ...(problems.history === null ? [] : [message('not_written', { file: history, code: problems.history })]),
    ...(problems.log === null ? [] : [message('not_written', { file: logs, code: problems.log })]),
  ];
}

/** Tells of a vault file that nothing speaks for any more, since the settings are gone. */
export function tellUnusedVault({ vaultFile }: HomePaths, used: VaultKind, hasSettings: boolean): Message[] {
  return hasSettings || used === 'file' || !existsSync(vaultFile)
    ? []
    : [message('vault_file_unused', { file: vaultFile })];
}

/** Whether a disk has room for the next change; so too where it does not say. */
function hasSpace(folder: string): boolean {
  try {
    const { blocks, bavail, bsize } = statfsSync(folder);
    return blocks === 0 || bavail * bsize >= minSpace;
  } catch {
    return true;
  }
}
