import type { Job } from '../library.ts';

/** A job type in the clone. */
export interface FoundType {
  /** The folder of types that has it. */
  readonly catalog: string;
  /** Whether its handler is made of what it calls: the catalog says so. */
  readonly isMade: boolean;
}

/** What a test needs of a job. */
export interface JobForTest {
  readonly id: string;
  readonly type: string;
  readonly submittedAt: string;
  readonly error: { readonly name: string; readonly message: string } | null;
  readonly history: Job['history'];
  readonly payload: unknown;
  /** `undefined`: it has saved none. */
  readonly state: unknown;
  /** The texts of the objects that the payload names, by name. `undefined`: it is large, no text, or gone. */
  readonly objects: ReadonlyMap<string, string | undefined>;
  readonly found: FoundType;
}

const up = '../../../..';

/** The name of a type's handler and of its contract, as `npm run new` writes them. */
export const identifierOf = (type: string): string =>
  type.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** A test that runs a job in the test kit with what it was given, and asks that it succeeds. */
export function testOfJob(job: JobForTest): string {
  const {
    id,
    type,
    found: { isMade },
  } = job;
  const identifier = identifierOf(type);
  const lines = [
    ...importsOf(job),
    '',
    `// Job ${id}, by jobctl replay --as-test. It may have secrets: look before you commit it.`,
    ...job.history.map(({ at, event, attempt }) => `// ${oneLine(`${at} ${event}, attempt ${attempt}`)}`),
    ...(job.error ? [`// ${oneLine(`${job.error.name}: ${job.error.message}`)}`] : []),
    '',
    `const type = { contract, ${isMade ? `handlerWith: ${identifier}` : 'handler'} };`,
    `const payload: SubmittedPayload<typeof contract> = ${withOwnObjects(job)};`,
    `const options = {\n${optionsOf(job).join('\n')}\n};`,
    '',
    `it('succeeds with what job ${id.slice(0, 8)} was given', async () => {`,
    '  const { status, error } = await runJob(type, payload, options);',
    "  expect(status === 'succeeded' || error).toBe(true);",
    '});',
    ...(wasCut(job)
      ? [
          '',
          "it('succeeds wherever it is cut', async () => {",
          '  await cutEverywhere(type, payload, { ...options, maxCuts: 200 });',
          '});',
        ]
      : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** Events after which a job goes on in another process. */
const cuts: readonly string[] = [
  'crashed',
  'handed-over',
  'interrupted',
  'put-off',
  'retrying',
  'resubmitted',
];
const wasCut = ({ history }: JobForTest): boolean => history.some(({ event }) => cuts.includes(event));

function importsOf(job: JobForTest): readonly string[] {
  const { type, objects, found } = job;
  const folder = `${up}/${found.catalog}/${type}`;
  const identifier = identifierOf(type);
  return [
    "import { expect, it } from '@jest/globals';",
    `import { ${identifier} as contract } from '${folder}/contract.ts';`,
    `import { ${identifier}${found.isMade ? '' : ' as handler'} } from '${folder}/handler.ts';`,
    ...(wasCut(job) ? [`import { cutEverywhere } from '${up}/testkit/cut-everywhere.ts';`] : []),
    `import type { SubmittedPayload } from '${up}/testkit/job-under-test.ts';`,
    ...(objects.size > 0 ? [`import { uploadedObject } from '${up}/testkit/objects.ts';`] : []),
    `import { runJob } from '${up}/testkit/run-job.ts';`,
  ];
}

function optionsOf(job: JobForTest): readonly string[] {
  const { submittedAt, state, objects, found } = job;
  const contents = [...objects].map(([name, text]) =>
    text === undefined
      ? `    [${ownName(name, job)}]: '', // It is large, no text, or gone: put a sample here.`
      : `    [${ownName(name, job)}]: ${json(text)},`,
  );
  return [
    `  submittedAt: Date.parse(${json(submittedAt)}),`,
    ...(state === undefined ? [] : [`  resume: ${json(state)},`]),
    ...(contents.length === 0 ? [] : ['  objects: {', ...contents, '  },']),
    ...(found.isMade
      ? ['  // What it calls: docs/testing-your-jobs.md#declare-effects', '  effects: () => ({}),']
      : []),
  ];
}

/** The kit has names of its own for objects. */
const ownName = (name: string, { objects }: JobForTest): string =>
  `uploadedObject('object ${[...objects.keys()].indexOf(name) + 1}')`;

const withOwnObjects = (job: JobForTest): string =>
  [...job.objects.keys()].reduce(
    (text, name) => text.replaceAll(json(name), () => ownName(name, job)),
    json(job.payload),
  );

/** A control character would be one in the terminal, too. */
const json = (value: unknown): string =>
  JSON.stringify(value, null, 2).replace(
    /[\u007f-\u009f]/g,
    (one) => `\\u00${one.charCodeAt(0).toString(16)}`,
  );

const oneLine = (text: string): string => text.replaceAll(/[\s\p{Cc}]+/gu, ' ').slice(0, 200);
