import { ErrorGrouping } from '../../shared/domain/state/error-grouping.ts';
import { FixedClock } from '../../testkit/fakes/fixed.ts';
import { InMemoryErrorGroups } from '../../testkit/fakes/in-memory-error-groups.ts';
import { noChildren } from '../../testkit/fakes/no-children.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';

/** What puts failures into groups, on a fake. */
export function aGrouping() {
  const groups = new InMemoryErrorGroups();
  const clock = new FixedClock();
  const log = recordedLog();
  return { ...noChildren(), groups, clock, log, grouping: new ErrorGrouping({ groups, clock, log }) };
}
