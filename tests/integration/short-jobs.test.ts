import { describeBadInput } from './bad-input.suite.ts';
import { describeBatches, describeRacingKeys } from './batches.suite.ts';
import { describeDeliveries } from './deliveries.suite.ts';
import { describeErasing } from './erasing.suite.ts';
import { describeHappyPath } from './happy-path.suite.ts';
import { describeHttpManners } from './http-manners.suite.ts';
import { describeLists } from './lists.suite.ts';
import { describeLongPoll } from './long-poll.suite.ts';
import { describeRoom } from './room.suite.ts';
import { describeSubjects } from './subjects.ts';
import { describeVersions } from './versions.suite.ts';

describeSubjects({
  // The first one expects that there are no jobs but its own.
  lists: describeLists,
  'the happy path': describeHappyPath,
  batches: describeBatches,
  'racing keys': describeRacingKeys,
  'bad input': describeBadInput,
  'manners of HTTP': describeHttpManners,
  'long polls': describeLongPoll,
  'room for invocations': describeRoom,
  'results and erasure': describeErasing,
  deliveries: describeDeliveries,
  versions: describeVersions,
});
