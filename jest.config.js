import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { useRunFolder } from './tests/run-folder.ts';

useRunFolder();

// For the processes that tests start: a system loads a thousand modules, and is started dozens of times.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/compiled');

// To generate the check of serverless.yml takes osls longer than the rest of a short command.
process.env.SLS_SCHEMA_CACHE_BASE_DIR ??= join(import.meta.dirname, 'node_modules/.cache');

// esbuild, which many of them start, collects its garbage less often: that was a sixth of its work.
process.env.GOGC ??= '400';

// Processes of tests use emulators of one another: all know one secret. `npm start` as a test's child makes one of its own.
process.env.LOCAL_AWS_SECRET ??= randomUUID();

// What roles were granted, used and were refused: tests/rights/ reads it in the end.
process.env.LOCAL_RIGHTS_FOLDER ??= join(tmpdir(), 'rights');
mkdirSync(process.env.LOCAL_RIGHTS_FOLDER, { recursive: true });

/** Tests have job types of their own: `imports` of package.json. Also the processes that tests start. */
process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --conditions=engine-tests`;

/** Jest's own is in the temporary folder of this machine, and stays. */
const cacheDirectory = join(import.meta.dirname, 'node_modules/.cache/jest');

/** A level of tests is a folder of `tests/`, and one beside the samples. docs/adr/0054-tests-in-plain-node.md says why its runner is not Jest's own. */
const level = (name) => ({
  displayName: name,
  cacheDirectory,
  testMatch: ['tests', 'examples/tests'].map((folder) => `<rootDir>/${folder}/${name}/**/*.test.ts`),
  runner: '<rootDir>/tests/plain-runner.js',
  setupFiles: ['<rootDir>/tests/plain-node.js'],
  transform: {},
  modulePathIgnorePatterns: [
    '<rootDir>/.esbuild',
    '<rootDir>/.local',
    '<rootDir>/.serverless',
    '<rootDir>/tests/fixtures',
  ],
});

/** Both systems that the browser tests look at are started once, for all of them. */
const browser = {
  ...level('browser'),
  globalSetup: '<rootDir>/tests/browser/start.ts',
  globalTeardown: '<rootDir>/tests/shared-server.ts',
};

/** The emulators and moto are started once, for all contract tests. */
const contract = {
  ...level('contract'),
  globalSetup: '<rootDir>/tests/contract/start.ts',
  globalTeardown: '<rootDir>/tests/shared-server.ts',
};

const projects = [
  level('unit'),
  level('simulation'),
  contract,
  level('integration'),
  level('client'),
  level('infra'),
  browser,
];

export default {
  cacheDirectory,
  testSequencer: '<rootDir>/tests/longest-first.js',
  reporters: [
    'default',
    '<rootDir>/tests/simulation/figures.js',
    '<rootDir>/tests/where-time-went.js',
    '<rootDir>/tests/skipped-tests.ts',
    ['<rootDir>/tests/rights/rights-reporter.ts', { projects: projects.length }],
  ],
  // Half of the tests wait most of the time: for a lease, a process, a page. tests/plain-runner.js has fewer at work while both cores are busy.
  maxWorkers: 4 * availableParallelism(),
  projects,
};
