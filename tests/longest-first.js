import Sequencer from '@jest/test-sequencer';

/** Files that take twenty seconds or more. Jest knows that from earlier runs only, and a new clone has none. */
const long = [
  'two-builds',
  'attack',
  'jobctl',
  'closed-system',
  'running-system',
  'kill-slices',
  'short-jobs',
  'long-jobs',
  'company',
  'servers',
  'server-stop',
  'revoked',
  'pause-deployment',
  'canary',
  'waiting-jobs',
  'children',
  'simulation/enumerate',
  'npm-start',
  'own-types',
  'encode-video',
  'job',
  'bulk',
  'package',
  'delays-after-kill',
  'deploy',
  'kill',
  'keys',
  'ends',
  'sqs-source',
  'kill-group',
  'remote-survival',
  'large-csv',
].map((name) => `/${name}.test.ts`);

const rankOf = ({ path }) => {
  const index = long.findIndex((end) => path.endsWith(end));
  return index === -1 ? long.length : index;
};

/** Starts the tests that take long before the others, so that at the end no worker is idle while another has a long one. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((one, other) => rankOf(one) - rankOf(other));
  }
}
