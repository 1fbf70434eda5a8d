import type { NewType } from './check-type-name.ts';
import { examplePayload, testOf } from './job-type-files.ts';

/** What the command prints when a type is written. */
export function describeNextSteps(type: NewType, files: readonly string[]): string {
  const { name, queue } = type;
  return `\
The job type ${name} runs from the ${queue} queue. Written:
${files.map((file) => `  ${file}`).join('\n')}

It greets people. Make of it what you need:
  job-types/${name}/contract.ts: what goes in and what comes out, how long it may take
  job-types/${name}/handler.ts: what it does
  ${testOf(type)}: that it does

Run its test, or all checks:
  npm run jest -- tests/unit/job-types/${name}
  npm run check

Try it:
  npm start${queue === 'server' ? ', and in another terminal: npm run worker (a running one sees no edits: start it again)' : ''}
  npx jobctl submit ${name} --payload '${JSON.stringify(examplePayload)}' --wait

The guide is docs/${guides[queue]}.`;
}

const guides: Readonly<Record<NewType['queue'], string>> = {
  standard: 'add-a-job-type.md',
  long: 'long-jobs.md',
  server: 'add-a-job-type.md, and docs/servers.md for the rest',
};
