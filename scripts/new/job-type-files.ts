import type { NewType } from './check-type-name.ts';

interface NewFile {
  readonly path: string;
  readonly text: string;
}

/** A payload that fits what the templates declare. */
export const examplePayload = { texts: ['one', 'three', 'five'] };

/** The files of a new job type: an example that runs, and passes its test, until somebody replaces it. */
export const jobTypeFiles = (type: NewType): readonly NewFile[] => [
  {
    path: `job-types/${type.name}/contract.ts`,
    text: contractOf[type.queue](type),
  },
  {
    path: `job-types/${type.name}/handler.ts`,
    text: type.queue === 'long' ? longHandler(type) : standardHandler(type),
  },
  { path: testOf(type), text: handlerTest(type) },
];

export const testOf = ({ name }: NewType): string => `tests/unit/job-types/${name}/handler.test.ts`;

const shapes = `\
  // Replace both shapes: what a client submits, and what the handler returns.
  payload: z.strictObject({
    texts: z.array(z.string().check(z.maxLength(1000))).check(z.minLength(1), z.maxLength(100)),
  }),
  result: z.strictObject({ texts: z.int(), characters: z.int() }),`;

const standardContract = ({ identifier }: NewType): string => `\
import * as z from 'zod/mini';
import { defineJob } from '../../shared/job/contract.ts';

/** Counts the characters of some texts: an example, to be replaced. */
export const ${identifier} = defineJob({
${shapes}
  timeoutSeconds: 30,
  maxAttempts: 3,
});
`;

const longContract = ({ identifier }: NewType): string => `\
import * as z from 'zod/mini';
import { defineJob, maxTimeoutSeconds } from '../../shared/job/contract.ts';

/** Counts the characters of some texts: an example, to be replaced. */
export const ${identifier} = defineJob({
  queue: 'long',
${shapes}
  // What the next invocation needs in order to go on.
  checkpoint: z.strictObject({ done: z.int(), characters: z.int() }),
  timeoutSeconds: maxTimeoutSeconds.long,
  maxAttempts: 5,
});
`;

const serverContract = ({ identifier }: NewType): string => `\
import * as z from 'zod/mini';
import { defineJob } from '../../shared/job/contract.ts';

/** Counts the characters of some texts: an example, to be replaced. */
export const ${identifier} = defineJob({
  queue: 'server',
${shapes}
  timeoutSeconds: 3600,
  maxAttempts: 3,
  maxMemoryMb: 512,
});
`;

const contractOf: Readonly<Record<NewType['queue'], (type: NewType) => string>> = {
  standard: standardContract,
  long: longContract,
  server: serverContract,
};

const handlerHead = ({ identifier }: NewType): string => `\
import type { JobHandler } from '../../shared/job/handler.ts';
import type { ${identifier} as contract } from './contract.ts';

export const ${identifier}: JobHandler<typeof contract> = async ({ texts }, job) => {`;

const standardHandler = (type: NewType): string => `\
${handlerHead(type)}
  let characters = 0;
  for (const [done, text] of texts.entries()) {
    job.progress((done / texts.length) * 100, \`\${done} of \${texts.length}\`);
    // Replace this line by the work for one item. Give \`job.signal\` to what you await.
    characters += text.length;
    await job.pause(0); // lets the heartbeat run; throws if the job must stop
  }
  job.progress(100, 'done');
  return { texts: texts.length, characters };
};
`;

const longHandler = (type: NewType): string => `\
${handlerHead(type)}
  let { done, characters } = job.resume ?? { done: 0, characters: 0 };
  for (const text of texts.slice(done)) {
    job.progress((done / texts.length) * 100, \`\${done} of \${texts.length}\`);
    // The state is saved every few seconds. When the invocation's time is over, the next one goes on from here.
    await job.checkpoint({ done, characters });
    // Replace this line by the work for one item: \`\${job.id}/\${done}\` is the same key in every attempt.
    characters += text.length;
    done += 1;
  }
  job.progress(100, 'done');
  return { texts: done, characters };
};
`;

const handlerTest = ({ name, identifier }: NewType): string => `\
import { describe, expect, it } from '@jest/globals';
import { ${identifier} as contract } from '../../../../job-types/${name}/contract.ts';
import { ${identifier} as handler } from '../../../../job-types/${name}/handler.ts';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import { runJob } from '../../../../testkit/run-job.ts';

const type = { contract, handler };
const payload = { texts: ['one', 'three', 'five'] };

describe('${name}', () => {
  it('counts the characters of all texts', async () => {
    const { status, result, progress } = await runJob(type, payload);
    expect(status).toBe('succeeded');
    expect(result).toEqual({ texts: 3, characters: 12 });
    expect(progress.at(-1)).toEqual({ percent: 100, message: 'done' });
  });

  it('gives the same result wherever it is cut', async () => {
    await cutEverywhere(type, payload);
  });
});
`;
