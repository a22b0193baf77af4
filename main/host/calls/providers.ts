// Calls about providers and their profiles.
import { z } from 'zod';
import { dryRun } from '../../core/dry-run.ts';
import { KeyfobError } from '../../core/errors.ts';
import { checkProfileText, profileJsonSchema } from '../../core/profile.ts';
import type { CallTable, WindowParts } from '../window-parts.ts';

type Names =
  | 'provider.dry_run'
  | 'provider.profile'
  | 'provider.schema'
  | 'provider.check'
  | 'provider.add'
  | 'open.docs';

/** Characters of a profile's text. */
const text = z.string().max(200_000);

export function providerCalls({ keyfob, abilities }: WindowParts): CallTable<Names> {
  return {
    'provider.profile': {
      request: z.strictObject({ id: z.string().min(1) }),
      run: ({ id }) => ({ text: `${JSON.stringify(keyfob.provider(id), undefined, 2)}\n` }),
    },
    'provider.schema': {
      request: z.strictObject({}),
      run: () => ({ schema: profileJsonSchema() }),
    },
    'provider.check': {
      request: z.strictObject({ text }),
      run(request) {
        const check = checkProfileText(request.text);
        if (check.ok) return { faults: [] };
        return {
          faults: check.problems.map(({ line, path, reason }) => ({
            line,
            detail: `${path === '' ? 'The file' : path} ${reason}.`,
          })),
        };
      },
    },
    'provider.dry_run': {
      request: z.strictObject({
        text,
        grant: z.exactOptional(z.string()),
        values: z.record(z.string(), z.string()),
      }),
      async run(request) {
        const check = checkProfileText(request.text);
        if (!check.ok) {
          const [first] = check.problems;
          throw new KeyfobError('bad_request', 'The profile is not valid yet.', {
            hint:
              first === undefined
                ? 'Mend it first.'
                : `Line ${String(first.line)}: ${first.path} ${first.reason}.`,
          });
        }
        const { profile } = check;
        return { requests: await dryRun(profile, request.grant ?? profile.default_grant, request.values) };
      },
    },
    'provider.add': { request: z.strictObject({ text }), run: (request) => keyfob.addProvider(request.text) },
    'open.docs': {
      request: z.strictObject({ provider: z.string().min(1) }),
      async run({ provider }) {
        const { name, docs } = keyfob.provider(provider);
        const url = docs === undefined ? null : URL.parse(docs);
        if (url?.protocol !== 'https:') {
          throw new KeyfobError('bad_request', `The profile of ${name} names no page that can be opened.`, {
            hint: 'Only addresses that begin with https:// are opened.',
          });
        }
        await abilities.openExternal(url.href);
        return null;
      },
    },
  };
}
