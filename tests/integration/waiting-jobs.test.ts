import { describeGroups } from './groups.suite.ts';
import { describePauses } from './pauses.suite.ts';
import { describeStartBefore } from './start-before.suite.ts';
import { describeSubjects } from './subjects.ts';
import { describeWaiting } from './waiting.suite.ts';

describeSubjects({
  'dependencies and delays': describeWaiting,
  groups: describeGroups,
  pauses: describePauses,
  'a time to start before': describeStartBefore,
});
