import type { NewType } from './check-type-name.ts';

interface NewFile {
  readonly path: string;
  readonly text: string;
}

/** A payload that fits what the templates declare. */
export const examplePayload = { names: ['Ada', 'Grace'] };

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
  payload: z.strictObject({ names: z.array(z.string()) }),
  result: z.object({ greetings: z.array(z.string()) }),`;

const standardContract = ({ identifier }: NewType): string => `\
import * as z from 'zod/mini';
import { defineJob } from '../../shared/author/index.ts';

/** Greets people: an example, to be replaced. */
export const ${identifier} = defineJob({
${shapes}
  timeoutSeconds: 30,
  maxAttempts: 3,
});
`;

const longContract = ({ identifier }: NewType): string => `\
import * as z from 'zod/mini';
import { defineJob, maxTimeoutSeconds } from '../../shared/author/index.ts';

/** Greets people: an example, to be replaced. */
export const ${identifier} = defineJob({
  queue: 'long',
${shapes}
  // What the next invocation needs in order to go on.
  checkpoint: z.strictObject({ greetings: z.array(z.string()) }),
  timeoutSeconds: maxTimeoutSeconds.long,
  maxAttempts: 10,
});
`;

const serverContract = ({ identifier }: NewType): string => `\
import * as z from 'zod/mini';
import { defineJob } from '../../shared/author/index.ts';

/** Greets people: an example, to be replaced. */
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
import type { JobHandler } from '../../shared/author/index.ts';
import type { ${identifier} as contract } from './contract.ts';

export const ${identifier}: JobHandler<typeof contract> = async ({ names }, job) => {`;

const standardHandler = (type: NewType): string => `\
${handlerHead(type)}
  const greetings: string[] = [];
  for (const name of names) {
    greetings.push(\`Hello \${name}\`); // the work for one item: give job.signal to what you await
    job.progress((greetings.length / names.length) * 100);
    await job.pause(0); // lets the heartbeat run; throws if the job must stop
  }
  return { greetings };
};
`;

const longHandler = (type: NewType): string => `\
${handlerHead(type)}
  const greetings = [...(job.resume?.greetings ?? [])];
  for (const name of names.slice(greetings.length)) {
    // The work for one item: \`\${job.id}/\${greetings.length}\` is the same key in every attempt.
    greetings.push(\`Hello \${name}\`);
    job.progress((greetings.length / names.length) * 100);
    // The state is saved every few seconds. When the invocation's time is over, the next one goes on from here.
    await job.checkpoint({ greetings });
  }
  return { greetings };
};
`;

const handlerTest = ({ name, identifier }: NewType): string => `\
import { describe, expect, it } from '@jest/globals';
import { ${identifier} as contract } from '../../../../job-types/${name}/contract.ts';
import { ${identifier} as handler } from '../../../../job-types/${name}/handler.ts';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import { runJob } from '../../../../testkit/run-job.ts';

const type = { contract, handler };
const payload = { names: ['Ada', 'Grace'] };

describe('${name}', () => {
  it('greets all', async () => {
    const { status, result, progress } = await runJob(type, payload);
    expect(status).toBe('succeeded');
    expect(result).toEqual({ greetings: ['Hello Ada', 'Hello Grace'] });
    expect(progress.at(-1)?.percent).toBe(100);
  });

  it('gives the same result wherever it is cut', async () => {
    await cutEverywhere(type, payload);
  });
});
`;
