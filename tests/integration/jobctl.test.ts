import { afterAll, beforeAll, describe } from '@jest/globals';
import { describeDebouncedJobs } from './debounce-jobs.suite.ts';
import { describeActions } from './jobctl-actions.suite.ts';
import { describeEndings } from './jobctl-endings.suite.ts';
import { describeInputs } from './jobctl-input.suite.ts';
import { describeJobs } from './jobctl-jobs.suite.ts';
import { describeOperating } from './jobctl-operate.suite.ts';
import { describeOthers } from './jobctl-others.suite.ts';
import { describeReplay } from './jobctl-replay.suite.ts';
import { type JobctlSystem, startJobctlSystem } from './jobctl-system.ts';
import { describeTerminal } from './jobctl-terminal.suite.ts';
import { describeUploads } from './jobctl-uploads.suite.ts';
import { describeUniqueJobs } from './unique-jobs.suite.ts';

let system: JobctlSystem;
beforeAll(async () => {
  system = await startJobctlSystem();
});
afterAll(() => system?.stop());

const running = (): JobctlSystem => system;

describe('jobs', () => describeJobs(running));
describe('how a command ends', () => describeEndings(running));
describe('actions', () => describeActions(running));
describe('replay', () => describeReplay(running));
describe('what a replay is given', describeInputs);
describe('on a terminal', () => describeTerminal(running));
describe('other commands', () => describeOthers(running));
describe('for operators', () => describeOperating(running));
describe('uploads', () => describeUploads(running));
describe('debounced jobs', () => describeDebouncedJobs(running));
describe('unique jobs', () => describeUniqueJobs(running));
