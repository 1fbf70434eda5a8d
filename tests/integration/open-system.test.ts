import { afterAll, beforeAll, describe } from '@jest/globals';
import type { ChildSystem } from '../../local/child-system.ts';
import { startLocalSystem } from '../system/start-system.ts';
import { describeGateway } from './gateway.suite.ts';
import { describeReadme } from './readme.suite.ts';

let system: ChildSystem;
beforeAll(async () => {
  system = await startLocalSystem();
});
afterAll(() => system?.stop());

// One system for both: it takes longer to start than the tests.
describe('the gateway', () => describeGateway(() => system));
describe('the examples of the README', () => describeReadme(() => system));
