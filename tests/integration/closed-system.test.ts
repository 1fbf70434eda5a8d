import { afterAll, beforeAll, describe } from '@jest/globals';
import { describeDocumentExamples } from './document-examples.suite.ts';
import { fuzzApi } from './fuzz-api.suite.ts';
import { type HttpSystem, startHttpSystem } from './http-system.ts';
import { describeObjectResults } from './object-results.suite.ts';
import { describeObjects } from './objects.suite.ts';
import { describeTenants } from './tenants.suite.ts';

let system: HttpSystem;
beforeAll(async () => {
  system = await startHttpSystem();
});
afterAll(() => system?.stop());

const running = (): HttpSystem => system;

// One system for all, each with tenants of its own. The last one leaves jobs of all kinds.
describe('uploads', () => describeObjects(running));
describe('results', () => describeObjectResults(running));
describe('tenants side by side', () => describeTenants(running));
describe('the examples of the document', () => describeDocumentExamples(running));
describe('whatever is asked', () => fuzzApi(running));
