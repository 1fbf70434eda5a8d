import { afterAll, beforeAll, describe } from '@jest/globals';
import { chosenShare } from '../simulation/share.ts';
import { attackClasses } from './attack-classes.suite.ts';
import { attackLists } from './attack-lists.suite.ts';
import { attackOpenPages } from './attack-open-pages.suite.ts';
import { attackPages } from './attack-pages.suite.ts';
import { attackRevoked } from './attack-revoked.suite.ts';
import { attackRoutes } from './attack-routes.suite.ts';
import { attackTenants } from './attack-tenants.suite.ts';
import { type AttackedSystem, startAttackedSystem } from './attacked-system.ts';

/** With each second commit the system has two doors: API keys and tokens. `DOORS` chooses, too. */
const doors = process.env.DOORS ?? (chosenShare(process.env).number % 2 === 0 ? 'one' : 'two');

let system: AttackedSystem;
beforeAll(async () => {
  system = await startAttackedSystem(doors === 'two');
});
afterAll(() => system?.stop());

const running = (): AttackedSystem => system;

// One system for all: it takes longer to start than the tests.
// The first one expects that there are no jobs but its own.
describe(`lists (DOORS=${doors})`, () => attackLists(running));
describe('routes', () => attackRoutes(running));
describe('pages', () => attackPages(running));
describe('open pages', () => attackOpenPages(running));
describe('tenants', () => attackTenants(running));
describe('what was revoked', () => attackRevoked(running));
describe('what is generated', () => attackClasses(running));
