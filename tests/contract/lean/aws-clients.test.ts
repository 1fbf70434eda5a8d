import { afterAll, beforeAll, describe } from '@jest/globals';
import { startSides, stopSides } from './aws-client-calls.ts';
import { describeAnswers } from './aws-clients-answers.suite.ts';
import { describeClock } from './aws-clients-clock.suite.ts';
import { describeConnections } from './aws-clients-connections.suite.ts';
import { describeErrors } from './aws-clients-errors.suite.ts';
import { describeRequests } from './aws-clients-requests.suite.ts';
import { describeRetries } from './aws-clients-retries.suite.ts';

beforeAll(startSides);
afterAll(stopSides);

describe('a client of AWS', () => {
  describeRequests();
  describeAnswers();
  describeErrors();
  describeRetries();
  describeConnections();
  describeClock();
});
