import boundaries from 'eslint-plugin-boundaries';
import svelte from 'eslint-plugin-svelte';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

import * as imports from './eslint.imports.js';

const IPC =
  'Only main/desktop/ipc.ts and preload/index.ts speak IPC; use the contract in preload/contract.ts.';
const PURE = 'accounts, oauth and providers are pure: take it through a port (Clock, Fetch, …).';

export default defineConfig(
  { ignores: ['**/dist/', 'node_modules/', 'coverage/', 'test-results/', 'playwright-report/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true } },

  // Everything that TypeScript checks.
  {
    files: ['**/*.ts', '**/*.svelte'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      // It does not see what changes during an await, and each await here is followed by a fresh look.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/unbound-method': 'off',
      // Settings, profiles and wire data are read with ['x'] (noPropertyAccessFromIndexSignature).
      '@typescript-eslint/dot-notation': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      // oauth4webapi marks these as deprecated to make them stand out; they are used on purpose, for loopback.
      '@typescript-eslint/no-deprecated': [
        'error',
        {
          allow: [
            {
              from: 'package',
              package: 'oauth4webapi',
              name: ['allowInsecureRequests', 'skipStateCheck', 'skipSubjectCheck', 'nopkce'],
            },
          ],
        },
      ],
      '@typescript-eslint/no-misused-spread': 'off',
      '@typescript-eslint/no-useless-default-assignment': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
    },
  },
  ...svelte.configs['flat/recommended'],
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: {
        parser: tseslint.parser,
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
      },
    },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    extends: [tseslint.configs.strict],
    rules: { '@typescript-eslint/no-dynamic-delete': 'off' },
  },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },

  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-eval': 'error',
      'no-new-func': 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },

  // Knows that props are destructured together, those that can be bound and those that cannot.
  // Among ten thousand accounts a signal for each key costs more than all else: what changed is told by signals of their
  // own, and the maps and sets are plain.
  {
    files: [
      'renderer/state/account-{rows,store}.svelte.ts',
      'renderer/state/virtual-list.svelte.ts',
      'testing/counted-runs.svelte.ts',
    ],
    rules: { 'svelte/prefer-svelte-reactivity': 'off' },
  },
  { files: ['**/*.svelte'], rules: { 'prefer-const': 'off', 'svelte/prefer-const': 'error' } },

  // Who may import whom.
  {
    files: ['{main,packages,preload,renderer,testing,e2e,bench}/**/*.{ts,svelte}'],
    plugins: { boundaries },
    settings: imports.settings,
    rules: imports.rules,
  },
  {
    files: ['{main,preload,renderer}/**/*.{ts,svelte}'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: [{ name: 'electron', importNames: ['ipcMain', 'ipcRenderer'], message: IPC }] },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ImportExpression[source.type!="Literal"]',
          message: 'Name the module: lint and the build can only follow a literal.',
        },
      ],
    },
  },
  { files: ['main/desktop/ipc.ts', 'preload/index.ts'], rules: { 'no-restricted-imports': 'off' } },

  // Accounts, OAuth and providers have no clock, no timer, no network and no process of its own.
  {
    files: ['main/{accounts,oauth,providers}/**/*.ts'],
    // The catalogue's list is written by a script, and names a file for each provider that is read late.
    ignores: ['**/*.test.ts', 'main/providers/catalog/index.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        {
          checkGlobalObject: true,
          globals: [
            'setTimeout',
            'setInterval',
            'setImmediate',
            'fetch',
            'process',
            'performance',
            'window',
            'document',
          ].map((name) => ({ name, message: PURE })),
        },
      ],
      'no-restricted-properties': ['error', { object: 'Date', property: 'now', message: PURE }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ImportExpression', message: 'accounts and oauth load nothing late.' },
        { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: PURE },
        { selector: 'CallExpression[callee.name="Date"]', message: PURE },
      ],
    },
  },

  // Tests: looser where strictness only makes them longer.
  {
    files: ['**/*.test.ts', '**/*.spec.ts', 'testing/**/*.ts', 'e2e/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
);
