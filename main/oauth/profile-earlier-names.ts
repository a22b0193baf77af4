// The names that some members of a profile had before they were settled: a file with them is read as if it were
// written today, and so are the exports and own profiles of that time.
//
// Invariants: pure; what is no JSON object comes back as it was; no line moves.
import { findNodeAtLocation, parseTree, type Node } from 'jsonc-parser';

type Names = Readonly<Record<string, string>>;

const profileNames: Names = {
  token_type_unsaid: 'default_token_type',
  narrower_tokens: 'downscoped_tokens',
};
const formNames: Names = { place: 'in', send: 'parameters', legs: 'per_grant' };
const choiceNames: Names = { ways: 'cases' };

/** The text with today's names in the place of earlier ones. */
export function withPresentNames(text: string): string {
  const root = parseTree(text);
  if (root?.type !== 'object') return text;
  const at = (...path: string[]): Node | undefined => findNodeAtLocation(root, path);
  const perGrant = [at('token', 'legs'), at('token', 'per_grant')].flatMap((node) => membersOf(node));
  const forms = [at('token'), at('direct'), at('revoke'), ...perGrant.map(({ value }) => value)];
  const choices = [
    at('client_auth'),
    at('api'),
    ...forms
      .flatMap((form) => membersOf(form))
      .filter(({ name }) => name.value === 'place' || name.value === 'in')
      .map(({ value }) => value),
  ];
  const renamed = [
    ...renamesIn(root, profileNames),
    ...forms.flatMap((form) => renamesIn(form, formNames)),
    ...choices.flatMap((choice) => renamesIn(choice, choiceNames)),
    // Now a list; it was an object of extra ones.
    ...(at('authorize', 'parameters')?.type === 'object'
      ? renamesIn(at('authorize'), { parameters: 'extra_parameters' })
      : []),
  ];
  const when = at('refresh_when');
  if (when?.value === 'at_end') renamed.push({ node: when, to: 'on_expiry' });
  const pieces: string[] = [];
  let end = 0;
  for (const { node, to } of renamed.toSorted((a, b) => a.node.offset - b.node.offset)) {
    pieces.push(text.slice(end, node.offset), JSON.stringify(to));
    end = node.offset + node.length;
  }
  return pieces.join('') + text.slice(end);
}

function membersOf(object: Node | undefined): { readonly name: Node; readonly value: Node }[] {
  if (object?.type !== 'object') return [];
  return (object.children ?? []).flatMap(({ children: [name, value] = [] }) =>
    name === undefined || value === undefined ? [] : [{ name, value }],
  );
}

function renamesIn(object: Node | undefined, names: Names): { readonly node: Node; readonly to: string }[] {
  return membersOf(object).flatMap(({ name }) => {
    const earlier = String(name.value);
    return Object.hasOwn(names, earlier) ? [{ node: name, to: names[earlier] ?? earlier }] : [];
  });
}
