import type { Command } from 'commander';
import type { Ending } from '../ending.ts';
import { findType } from '../jobs/find-type.ts';
import type { JobType } from '../library.ts';
import type { Run } from '../system/run-command.ts';
import type { Session } from '../system/session.ts';
import { jsonText, plainText } from '../terminal/plain-text.ts';
import { addCommand } from './add-command.ts';

export const addTypes = (program: Command, run: Run): Command =>
  addCommand(program, 'types [type]', {
    description: 'list the job types, or show what the payload, the result and the signals of one are',
    examples: [
      'jobctl types',
      'jobctl types csv-aggregate',
      'jobctl types csv-aggregate --json | jq .payload',
    ],
  }).action((type: string | undefined, _options: unknown, command: Command) =>
    run(command, (session) => (type === undefined ? listTypes(session) : showType(type, session))),
  );

async function listTypes({ client, output, signal }: Session): Promise<Ending> {
  const types = await client.jobTypes({ signal });
  if (output.isJson) output.document(types);
  else for (const type of types) output.line(describe(type));
  return 'ok';
}

async function showType(name: string, session: Session): Promise<Ending> {
  const { output } = session;
  const type = await findType(name, session);
  if (output.isJson) {
    output.document(type);
    return 'ok';
  }
  const { bold } = output.colors;
  output.line(describe(type));
  const { payload, result, signals = {} } = type;
  const answers = Object.entries(signals).map(([name, schema]) => [`signal ${name}`, schema] as const);
  for (const [name, schema] of [['payload', payload], ['result', result], ...answers] as const)
    output.line(`\n${bold(plainText(name))}, as a JSON Schema:\n${jsonText(schema, 2)}`);
  return 'ok';
}

/** What the API says of it is for programs. */
const reservedTexts: Readonly<Record<string, string | undefined>> = {
  'bulk-action': '`jobctl cancel`, `retry` or `erase` with a filter makes its jobs',
};

const describe = ({ type, queue, timeoutSeconds, maxAttempts, reserved }: JobType): string => {
  const limits = `queue ${queue}, ${timeoutSeconds} s an attempt, ${maxAttempts} attempts`;
  return plainText(
    `${type.padEnd(16)}  ${limits}${reserved === undefined ? '' : `; reserved: ${reservedTexts[type] ?? reserved}`}`,
  );
};
