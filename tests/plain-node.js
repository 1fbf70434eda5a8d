import './fuzz-runs.ts';
import { registerHooks } from 'node:module';
import { addEventHandler } from 'jest-circus';

const names = 'describe, test, it, expect, beforeAll, afterAll, beforeEach, afterEach';
const globals = `data:text/javascript,const { ${names} } = globalThis; export { ${names} };`;
const environment = { ...process.env };

registerHooks({
  resolve(specifier, context, next) {
    // jest-light-runner has Jest's functions as globals. Their package loads only in Jest's own runner.
    if (specifier === '@jest/globals') return { url: globals, shortCircuit: true };
    if (/\.test\.ts\?\d+$/.test(specifier)) restoreEnvironment();
    return next(specifier, context);
  },
});

/** Each file of tests begins with the environment that this process began with. */
function restoreEnvironment() {
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  Object.assign(process.env, environment);
}

const defaultMs = 240_000;

// jest-light-runner has no timeouts.
addEventHandler((event, { currentDescribeBlock: { children, hooks } }) => {
  const added = { add_test: children, add_hook: hooks }[event.name]?.at(-1);
  if (added?.fn) added.fn = limited(added.fn, event.timeout ?? defaultMs);
});

/** A test or hook that has not ended after this time has failed. */
const limited = (run, ms) => async () => {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`It has not ended after ${ms} ms.`)), ms);
  });
  try {
    return await Promise.race([run(), late]);
  } finally {
    clearTimeout(timer);
  }
};
