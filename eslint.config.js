import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import tseslint from 'typescript-eslint';

const TYPED = ['**/*.ts', '**/*.svelte'];

export default tseslint.config(
  { ignores: ['node_modules', 'web/dist', 'test-results', '**/*.generated.ts', '**/*.d.ts'] },
  js.configs.recommended,
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  { files: ['**/*.js', '**/*.mjs'], languageOptions: { globals: globals.node } },
  {
    files: TYPED,
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
  },
  ...svelte.configs['flat/recommended'],
  {
    files: TYPED,
    languageOptions: {
      parserOptions: {
        project: [
          'shared/tsconfig.json',
          'bridge/tsconfig.json',
          'e2e/tsconfig.json',
          'web/tsconfig.json',
          'web/tsconfig.worker.json',
        ],
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // A record type can't refer to itself; an interface can.
      '@typescript-eslint/consistent-indexed-object-style': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser }, globals: globals.browser },
  },
  {
    files: ['web/src/ui/**/*'],
    rules: {
      // State is replaced as a whole ($state.raw); a Map or Set is filled once and never changed after.
      'svelte/prefer-svelte-reactivity': 'off',
    },
  },
  {
    files: ['tools/**/*', 'e2e/**/*', '**/*.test.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.test.ts'],
    rules: { 'max-lines': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['web/src/**/*'],
    ignores: ['web/src/remote/**/*', '**/*.test.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        {
          name: 'fetch',
          message: 'Only web/src/remote talks to the network: add what you need there.',
        },
        {
          name: 'WebSocket',
          message: 'Only web/src/remote talks to the network: add what you need there.',
        },
        {
          name: 'XMLHttpRequest',
          message: 'Only web/src/remote talks to the network: add what you need there.',
        },
      ],
    },
  },
);
