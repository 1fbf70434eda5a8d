const transform = {
  '^.+\\.ts$': [
    '@swc/jest',
    {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'es6' },
      sourceMaps: 'inline',
    },
  ],
};

/** A level of tests is a folder of `tests/`. */
const level = (name) => ({
  displayName: name,
  testMatch: [`<rootDir>/tests/${name}/**/*.test.ts`],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  modulePathIgnorePatterns: ['<rootDir>/.esbuild', '<rootDir>/.serverless', '<rootDir>/tests/fixtures'],
  transform,
  setupFiles: ['<rootDir>/tests/fuzz-runs.ts'],
});

/** Both systems that the browser tests look at are started once, for all of them. */
const browser = {
  ...level('browser'),
  globalSetup: '<rootDir>/tests/browser/start.ts',
  globalTeardown: '<rootDir>/tests/browser/stop.ts',
};

export default {
  reporters: ['default', '<rootDir>/tests/simulation/figures.js'],
  // Jest would leave one of two cores idle.
  maxWorkers: '100%',
  testTimeout: 240_000,
  projects: [
    level('unit'),
    level('simulation'),
    level('contract'),
    level('integration'),
    level('infra'),
    browser,
  ],
};
