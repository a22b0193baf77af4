// Calls about providers and their profiles.
import { addOwnProvider } from '../../access/index.ts';
import { KeyfobError } from '../../api/errors.ts';
import { shownJson } from '../../api/shown-text.ts';
import { dryRun } from '../../oauth/dry-run.ts';
import { providerForm } from '../../providers/views.ts';
import { faultAt, profileJsonSchema } from '../../oauth/profile-check.ts';
import type { CallTable, WindowServices } from '../window-services.ts';

type Names =
  | 'provider.dry_run'
  | 'provider.form'
  | 'provider.profile'
  | 'provider.schema'
  | 'provider.check'
  | 'provider.add'
  | 'open.docs';

export function providerCalls({ keyfob, abilities }: WindowServices): CallTable<Names> {
  return {
    'provider.form': ({ id }) => keyfob.providerForm(id),
    'provider.profile': async ({ id }) => ({
      text: `${shownJson(await keyfob.providerFile(id), 2)}\n`,
    }),
    'provider.schema': () => ({ schema: profileJsonSchema() }),
    async 'provider.check'(request) {
      const check = await keyfob.checkProfile(request.text);
      if (check.ok) return { faults: [], form: providerForm(check.profile) };
      return {
        form: null,
        faults: check.problems.map(({ line, path, problem }) => ({ line, path, fault: problem })),
      };
    },
    async 'provider.dry_run'(request) {
      const check = await keyfob.checkProfile(request.text);
      if (!check.ok) {
        const [first] = check.problems;
        throw new KeyfobError('invalid_profile', { line: first.line, fault: faultAt(first) });
      }
      const { profile } = check;
      return { requests: await dryRun(profile, request.grant ?? profile.default_grant, request.values) };
    },
    async 'provider.add'(request, { entry }) {
      const { id, name, notes, asks } = await addOwnProvider(keyfob, request.text, entry);
      return { id, name, notes, asks };
    },
    async 'open.docs'({ provider }) {
      const { name, docs } = await keyfob.provider(provider);
      const url = docs === undefined ? null : URL.parse(docs);
      if (url?.protocol !== 'https:') {
        throw new KeyfobError('no_docs_page', { provider: name });
      }
      await abilities.openExternal(url.href);
      return null;
    },
  };
}
