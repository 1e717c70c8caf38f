/** What both kinds of tests share. */
const common = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: {
    '^.+\\.tsx?$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', tsx: true },
          transform: { react: { runtime: 'automatic' } },
          target: 'es2024',
        },
        sourceMaps: 'inline',
      },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dashboard/dist/', '<rootDir>/.waybill/'],
};

const outside = ['/node_modules/', '/dashboard/dist/', '/.waybill/'];

/** Folders whose tests need no database; `jest carriers` therefore starts none. */
const pure = ['carriers', 'channels', 'intake', 'outbound', 'sandbox', 'demo', 'dashboard'];

/** @type {import('jest').Config} */
export default {
  maxWorkers: 2,
  testTimeout: 30_000,
  projects: [
    {
      ...common,
      displayName: 'pure',
      testMatch: pure.map((folder) => `<rootDir>/${folder}/**/*.test.{ts,tsx}`),
      testPathIgnorePatterns: outside,
    },
    {
      ...common,
      displayName: 'database',
      testMatch: ['<rootDir>/**/*.test.{ts,tsx}'],
      testPathIgnorePatterns: [...outside, ...pure.map((folder) => `<rootDir>/${folder}/`)],
      globalSetup: '<rootDir>/sql-tests/support/global-setup.ts',
      globalTeardown: '<rootDir>/sql-tests/support/global-teardown.ts',
    },
  ],
};
