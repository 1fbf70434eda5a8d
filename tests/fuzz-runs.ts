import fc from 'fast-check';

/** The number of runs of each property test. `npm run test:long` sets more. */
fc.configureGlobal({ numRuns: Number(process.env.FUZZ_RUNS ?? 100) });
