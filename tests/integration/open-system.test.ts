import { afterAll, beforeAll, describe } from '@jest/globals';
import type { ChildSystem } from '../../local/system/child-system.ts';
import { startLocalSystem } from '../system/start-system.ts';
import { describeGateway } from './gateway.suite.ts';

let system: ChildSystem;
beforeAll(async () => {
  system = await startLocalSystem({ allowedHosts: 'jobs.example, A_b.example' });
});
afterAll(() => system?.stop());

describe('the gateway', () => describeGateway(() => system));
