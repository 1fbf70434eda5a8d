import './fuzz-runs.ts';
import { registerHooks } from 'node:module';

const names = 'describe, test, it, expect, beforeAll, afterAll, beforeEach, afterEach';
const globals = `data:text/javascript,const { ${names} } = globalThis; export { ${names} };`;

/** jest-light-runner has Jest's functions as globals. Their package loads only in Jest's own runner. */
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '@jest/globals' ? { url: globals, shortCircuit: true } : next(specifier, context),
});
