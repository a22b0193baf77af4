/**
 * The folders, and who may import whom. One table, read by the rule `boundaries/dependencies`;
 * `testing/imports.test.ts` proves that it bites.
 *
 * Why lint: in plain Node `import 'electron'` gives a path string and does not fail, so a passing test
 * proves nothing about an arrow.
 */
import { fileURLToPath } from 'node:url';

/** What both hosts are made of. */
const BELOW_HOST = [
  'accounts',
  'api',
  'messages',
  'oauth',
  'providers',
  'access',
  'endpoint',
  'platform',
  'vaults',
];

/**
 * - `folder`: what belongs to it; everything in it may import everything else in it, unless `closed`.
 * - `folders`: folders it may import. `types` are folders of which it may import types only, `lazy` are folders that
 *   it may import with `import()` and of which it may know the types.
 * - `files`: single files of other folders (see `FILES`) that it may import, `lazyFiles` those with `import()`.
 * - `packages`: packages it may import; `node`: whether it may import Node's own modules.
 */
const FOLDERS = {
  // What crosses a boundary, as schemas: everybody may build on it.
  api: { folder: 'main/api', packages: ['zod'] },
  // The sentences for people, by language and place.
  messages: { folder: 'main/messages', files: ['plain'], types: ['api'], packages: ['lean-qr'] },
  // OAuth 2.0 itself: no accounts, no state, no clock of its own.
  oauth: { folder: 'main/oauth', folders: ['api'], packages: ['jsonc-parser', 'oauth4webapi', 'zod'] },
  accounts: {
    folder: 'main/accounts',
    folders: ['api', 'oauth'],
    files: ['vaultPort', 'emitter', 'queue', 'yield', 'registry'],
    packages: ['oauth4webapi', 'zod'],
  },
  // One file for each thing of the system. Of Keyfob it knows the ports alone that it stands behind.
  platform: { folder: 'main/platform', types: ['oauth'], packages: ['zod'], node: true },
  vaults: {
    folder: 'main/vaults',
    folders: ['platform'],
    types: ['api'],
    files: ['errors', 'codes'],
    packages: ['zod'],
    node: true,
  },
  providers: { folder: 'main/providers', files: ['errors', 'codes', 'profile'], types: ['api', 'oauth'] },
  access: { folder: 'main/access', folders: ['accounts', 'api', 'oauth', 'platform'], node: true },
  endpoint: {
    folder: 'main/endpoint',
    folders: ['access', 'accounts', 'api', 'messages', 'oauth', 'platform'],
    files: ['manifest'],
    packages: ['hono', 'tweetnacl', 'zod'],
    node: true,
  },
  host: {
    folder: 'main/host',
    folders: BELOW_HOST,
    files: ['contract', 'manifest'],
    packages: ['conf', 'zod'],
    node: true,
  },
  desktop: {
    folder: 'main/desktop',
    folders: [...BELOW_HOST, 'host'],
    lazy: ['sandbox'],
    files: ['contract', 'manifest'],
    packages: ['electron', 'electron-store', 'electron-updater', 'zod'],
    node: true,
  },
  agent: {
    folder: 'main/agent',
    folders: [...BELOW_HOST, 'host'],
    lazy: ['sandbox'],
    files: ['contract', 'manifest'],
    packages: ['hono', 'open', 'zod'],
    node: true,
  },
  cli: {
    folder: 'main/cli',
    files: [
      'client',
      'codes',
      'digest',
      'encoding',
      'endSignals',
      'errors',
      'installation',
      'jwt',
      'makeFolder',
      'manifest',
      'ownSocket',
      'paths',
      'pipeProof',
      'plain',
      'quoting',
      'url',
    ],
    types: ['accounts', 'api', 'endpoint', 'oauth'],
    folders: ['messages'],
    lazy: ['agent', 'proxy', 'sandbox', 'providers'],
    lazyFiles: ['profile'],
    packages: ['commander', 'cross-spawn', 'open', 'zod'],
    node: true,
  },
  // The API of an account for programs that cannot ask for a token: in the command's own process.
  proxy: {
    folder: 'main/proxy',
    folders: ['api', 'endpoint', 'platform'],
    files: ['networkFailure'],
    node: true,
  },
  sandbox: { folder: 'main/sandbox', packages: ['hono', 'zod'], node: true },
  // Published by itself: nothing of the project's, no package.
  packages: { folder: 'packages', node: true },
  preload: { folder: 'preload', closed: true, types: ['api'] },
  renderer: {
    folder: 'renderer',
    files: ['plain', 'contract', 'bridge', 'format'],
    types: ['api'],
    packages: ['svelte'],
  },
  testing: { folder: 'testing', everything: true },
  e2e: { folder: 'e2e', everything: true },
  bench: { folder: 'bench', everything: true },
  scripts: { folder: 'scripts', everything: true },
};

/** Single files that have arrows of their own. */
const FILES = {
  test: '**/*.test.ts',
  errors: 'main/api/errors.ts',
  profile: ['main/oauth/profile.ts', 'main/oauth/profile-check.ts'],
  registry: ['main/providers/registry.ts', 'main/providers/views.ts'],
  vaultPort: 'main/vaults/port.ts',
  keychain: 'main/vaults/keychain-process.ts',
  networkFailure: 'main/host/network-failure.ts',
  ownSocket: 'main/platform/own-socket.ts',
  installation: 'main/platform/installation.ts',
  paths: 'main/platform/paths.ts',
  pipeProof: 'main/platform/pipe-proof.ts',
  url: 'main/oauth/url.ts',
  jwt: 'main/oauth/jwt.ts',
  client: ['main/endpoint/client.ts', 'main/endpoint/client-request.ts', 'main/endpoint/client-transport.ts'],
  contract: 'preload/contract.ts',
  bridge: 'preload/api.ts',
  codes: ['main/api/codes.ts', 'main/api/problems/*.ts'],
  // Of the wire, without a schema: what every start of a command can afford.
  plain: [
    'main/api/account-mark.ts',
    'main/api/account-order.ts',
    'main/api/audit-actions.ts',
    'main/api/audit-filter.ts',
    'main/api/json.ts',
    'main/api/shown-text.ts',
  ],
  format: ['main/messages/askers.ts', 'main/messages/format.ts', 'main/messages/time-left.ts'],
  digest: 'main/platform/digest.ts',
  emitter: 'main/platform/emitter.ts',
  queue: 'main/platform/serial-queue.ts',
  encoding: 'main/platform/text-encoding.ts',
  endSignals: 'main/platform/end-signals.ts',
  makeFolder: 'main/platform/make-folder.ts',
  quoting: 'main/platform/shell-quoting.ts',
  yield: 'main/platform/yield.ts',
  expose: 'preload/index.ts',
  composition: 'main/index.ts',
  manifest: 'package.json',
};

const elements = (...types) => ({ element: { type: types } });
const file = (...categories) => ({ file: { categories: { anyOf: categories } } });
const packages = (...sources) => ({ module: { origin: 'external', source: sources } });
const allOf = (origin) => ({ module: { origin } });

/** @returns {object[]} the policies that one row of the table stands for */
function policiesOf(type, row) {
  const from = elements(type);
  const everyFolder = elements(...Object.keys(FOLDERS));
  const allow = [];
  const add = (to, dependency) => allow.push({ to, ...(dependency && { dependency }) });
  if (row.everything) for (const to of [everyFolder, allOf('external'), allOf('core')]) add(to);
  if (!row.closed) add(elements(type));
  if (row.folders) add(elements(...row.folders));
  if (row.types) add(elements(...row.types), { kind: 'type' });
  if (row.lazy) {
    add(elements(...row.lazy), { nodeKind: 'dynamic-import' });
    add(elements(...row.lazy), { kind: 'type' });
  }
  if (row.files) add(file(...row.files));
  if (row.lazyFiles) add(file(...row.lazyFiles), { nodeKind: 'dynamic-import' });
  if (row.packages) add(packages(...row.packages));
  if (row.node) add(allOf('core'));
  return allow.length === 0 ? [] : [{ from, allow }];
}

const policies = [
  ...Object.entries(FOLDERS).flatMap(([type, row]) => policiesOf(type, row)),
  // The composition root of the desktop: all of main.
  {
    from: file('composition'),
    allow: [
      { to: elements(...Object.keys(FOLDERS).filter((type) => FOLDERS[type].folder.startsWith('main/'))) },
      { to: file('contract') },
      { to: packages('electron', 'electron-store') },
      { to: allOf('core') },
    ],
  },
  // The only import of keytar.
  { from: file('keychain'), allow: { to: packages('keytar') } },
  // preload/contract.ts imports types alone; the two others build on it.
  { from: file('bridge'), allow: { to: file('contract') } },
  { from: file('expose'), allow: [{ to: file('contract', 'bridge') }, { to: packages('electron') }] },
  // Tests may use the test kit, the practice vendor as a real server, the sentences, and any package.
  {
    from: file('test'),
    allow: [
      { to: elements('testing', 'sandbox', 'messages') },
      { to: file('contract', 'bridge') },
      { to: allOf('external') },
      { to: allOf('core') },
    ],
  },
  { from: { ...elements('preload'), ...file('test') }, allow: { to: elements('preload') } },
  // Nobody builds on a test.
  { from: elements('*'), disallow: { to: file('test') } },
];

/** Settings of eslint-plugin-boundaries. */
export const settings = {
  'boundaries/root-path': fileURLToPath(new URL('.', import.meta.url)),
  'boundaries/elements': Object.entries(FOLDERS).map(([type, { folder }]) => ({
    type,
    pattern: folder,
    partialMatch: false,
  })),
  'boundaries/files': Object.entries(FILES).map(([category, pattern]) => ({ category, pattern })),
  'boundaries/dependency-nodes': ['import', 'dynamic-import', 'export', 'require'],
  'boundaries/legacy-templates': false,
  'import/resolver': { [fileURLToPath(new URL('scripts/eslint-resolver.cjs', import.meta.url))]: {} },
};

/** Rules of eslint-plugin-boundaries. */
export const rules = {
  'boundaries/dependencies': [
    'error',
    {
      default: 'disallow',
      checkAllOrigins: true,
      checkUnknownLocals: true,
      checkInternals: true,
      policies,
    },
  ],
  'boundaries/no-unknown-files': 'error',
};
