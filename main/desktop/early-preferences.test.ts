import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { preferences } from '../api/preferences.ts';
import { readEarlyPreferences } from './early-preferences.ts';

it('a value that the schema has was missing before the home is open: each is read, and no other', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kf-early-'));
  const read = (stored: unknown) => {
    writeFileSync(path.join(folder, 'preferences.json'), JSON.stringify(stored));
    return readEarlyPreferences(folder);
  };
  try {
    for (const language of preferences.shape.language.options)
      expect(read({ language }).language).toBe(language);
    for (const icon of preferences.shape.tray_icon.options)
      expect(read({ tray_icon: icon }).tray_icon).toBe(icon);
    const asNeverSet = { language: 'system', tray_icon: 'system' };
    expect(read({ language: 'fr', tray_icon: 7 })).toEqual(asNeverSet);
    expect(read(null)).toEqual(asNeverSet);
    expect(readEarlyPreferences(path.join(folder, 'none'))).toEqual(asNeverSet);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
