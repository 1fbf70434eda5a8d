import { afterAll, beforeAll } from '@jest/globals';
import { type HttpSystem, startHttpSystem } from '../integration/http-system.ts';
import { browserSuite } from './browser.suite.ts';
import { callsSuite } from './calls.suite.ts';
import { chaosSuite } from './chaos.suite.ts';
import { examplesSuite } from './examples.suite.ts';
import { otherOriginSuite } from './other-origin.suite.ts';
import { commandPackageSuite, packageSuite } from './package.suite.ts';
import { type PageServer, startPageServer } from './page-server.ts';

let site: PageServer;
let system: HttpSystem;
beforeAll(async () => {
  site = await startPageServer();
  system = await startHttpSystem({ cors: site.origin });
});
afterAll(async () => {
  site?.stop();
  await system?.stop();
});

// One system for all: it takes longer to start than the tests. The first one counts the jobs of the system, of which none may
// be left of another.
chaosSuite(() => system);
callsSuite(() => system);
browserSuite(() => system);
otherOriginSuite(
  () => system,
  () => site,
);
examplesSuite(() => system);
packageSuite(() => system);
commandPackageSuite(() => system);
