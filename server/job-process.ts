import '../shared/aws/clients/secrets-of-types.ts'; // before the code of job types
import { contracts } from '#job-types/contracts.ts';
import { everyHandler } from '#job-types/handlers/every.ts';
import { wireWorker } from '../job-types/handlers/wire-worker.ts';
import { systemGiven } from '../shared/aws/clients/clients.ts';
import { createLog } from '../shared/aws/observe/logger.ts';
import { readEnvironment } from '../shared/aws/uses/environment.ts';
import * as workerUses from '../shared/aws/uses/worker-uses.ts';
import { guardConsole } from './guard-console.ts';
import { serveJob } from './isolation/serve-job.ts';

/** The process of one job. A worker server starts it, with its own process id. */
const log = createLog('job-process', process.env);
guardConsole({ log });
const env = readEnvironment(workerUses, process.env);
const given = systemGiven(log);
const { ofTypes } = wireWorker({ ...given, env, environment: process.env });
serveJob(process.argv, {
  contracts,
  handlers: everyHandler({ given: ofTypes, searchPath: process.env.PATH }),
  clock: given.clock,
  random: given.random,
});
