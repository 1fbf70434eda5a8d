import Sequencer from '@jest/test-sequencer';

/** Files that take twenty seconds or more. Jest knows that from earlier runs only, and a new clone has none. */
const long = [
  'kill-slices',
  'attack',
  'company',
  'jobctl',
  'servers',
  'closed-system',
  'delays-after-kill',
  'running-system',
  'keys',
  'encode-video',
  'bulk',
  'kill',
  'waiting-jobs',
  'long-jobs',
  'server-stop',
  'short-jobs',
  'large-csv',
  'kill-group',
  'simulation/enumerate',
  'package',
  'deploy',
  'revoked',
  'job',
  'every-page',
  'sqs-source',
  'ends',
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
