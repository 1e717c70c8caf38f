import tseslint from 'typescript-eslint';

/** Who may import whom; ARCHITECTURE.md has the picture. */
const forbid = (files, patterns) => ({
  files,
  ignores: ['**/*.test.ts', '**/*.test.tsx'],
  rules: { 'no-restricted-imports': ['error', { patterns }] },
});

/** Import paths that climb out of their folder and into one of these top-level folders. */
const into = (folders, message) => ({ regex: `^(\\.\\./)+(${folders.join('|')})/`, message });

export default tseslint.config(
  {
    ignores: ['node_modules/', 'dashboard/dist/', 'coverage/', '.waybill/', 'generated/'],
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // A function may be async because its interface is, without awaiting anything itself.
      '@typescript-eslint/require-await': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 80 }],
    },
  },
  {
    // A describe block is one long function by nature.
    files: ['**/*.test.ts', '**/*.test.tsx'],
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    files: ['**/*.js'],
    extends: [tseslint.configs.disableTypeChecked],
  },
  forbid(
    ['dashboard/**/*.{ts,tsx}'],
    [into(['server', 'database', 'worker-tasks'], 'The dashboard talks GraphQL only.')],
  ),
  forbid(
    ['carriers/**/*.ts', 'channels/**/*.ts', 'intake/**/*.ts'],
    [
      into(
        ['server', 'database', 'worker-tasks', 'dashboard'],
        'Connectors are pure: they know neither the server nor the database.',
      ),
      { regex: '^(pg|postgraphile|express|graphile-worker)$', message: 'Connectors are pure.' },
    ],
  ),
);
