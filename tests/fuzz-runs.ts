import fc from 'fast-check';

/** How often each property is tried. `npm run test:long` sets more than the default. */
fc.configureGlobal({ numRuns: Number(process.env.FUZZ_RUNS ?? 100) });
