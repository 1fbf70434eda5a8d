/** How a command ends, as its exit code. docs/cli.md has the same table; a test compares them. */
export const endings = {
  ok: { code: 0, meaning: 'done; a job that was waited for has succeeded' },
  unexpected: { code: 1, meaning: 'something unexpected happened, here or in the API' },
  usage: { code: 2, meaning: 'the command was not typed right' },
  notFound: { code: 3, meaning: 'there is no such job, result, job type or schedule' },
  refused: {
    code: 4,
    meaning: 'the API refused it: it is not valid, or conflicts with the state of a job',
  },
  denied: { code: 5, meaning: 'no credential, one that is not accepted, or one without the right' },
  unreachable: { code: 6, meaning: 'the API cannot be reached, or cannot answer at the moment' },
  failed: { code: 7, meaning: 'the job failed' },
  canceled: { code: 8, meaning: 'the job was canceled' },
  timedOut: { code: 9, meaning: 'the job did not end in time; it goes on' },
  interrupted: { code: 130, meaning: 'Ctrl-C' },
} as const satisfies Readonly<Record<string, { readonly code: number; readonly meaning: string }>>;

export type Ending = keyof typeof endings;

const isEnding = (name: string): name is Ending => Object.hasOwn(endings, name);

/** The ending of a process that has these exit codes, too. */
export function endingOfCode(code: number): Ending {
  const [name = ''] = Object.entries(endings).find(([, ending]) => ending.code === code) ?? [];
  return isEnding(name) ? name : 'unexpected';
}

/** Ends the command. Its message says why, and what to do: in a sentence or two. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly ending: Ending;

  constructor(ending: Ending, message: string, options?: ErrorOptions) {
    super(message, options);
    this.ending = ending;
  }
}

/** What was typed is wrong. */
export const usageError = (message: string): CommandError => new CommandError('usage', message);
