// Whatever is written into the audit has a word at each place that shows it.
import { describe, expect, it } from 'vitest';
import { auditActionOf } from '../main/api/audit-actions.ts';
import { errorCodes } from '../main/api/codes.ts';
import { routes } from '../main/endpoint/routes/index.ts';
import { audited } from '../main/host/window-calls.ts';
import { auditTexts } from '../main/messages/index.ts';
import { de } from '../renderer/i18n/de/index.ts';
import { en } from '../renderer/i18n/en/index.ts';

const written = [
  ...routes.map(({ method, path }) => `${method} ${path}`),
  ...audited,
  'account.origin_refused',
  'account.origin_allowed',
  'other',
];

describe('a line of the audit', () => {
  it.each(written)('of %s has a word in the terminal and in the window', (route) => {
    const action = auditActionOf(route);
    expect(action).not.toBeNull();
    if (action === null) return;
    for (const actions of [auditTexts.actions, en.tools.actions, de.tools.actions])
      expect(actions[action]).toMatch(/\w/);
  });

  it('has a word for each outcome in the terminal', () => {
    expect(Object.keys(auditTexts.outcomes).toSorted()).toEqual(['ok', ...errorCodes].toSorted());
  });
});
