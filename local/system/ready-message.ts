import { isLoopback } from '../doors/allowed-hosts.ts';
import { defaultPort } from '../machine/running-system.ts';

interface Ready {
  /** Where the API listens. */
  readonly host: string;
  readonly dataDir: string | undefined;
  readonly apiKey: string | undefined;
  /** A job that the user may submit. */
  readonly example: { readonly type: string; readonly payload: unknown };
  /** How many long jobs run at a time. */
  readonly longConcurrency: number;
  /** The variables of secrets that have no value. */
  readonly missingSecrets: readonly string[];
}

const openText = `
  Anybody who reaches this machine may call: no key is asked for, as --anybody-may-call says.
`;

/** What the user sees when everything runs: the address, and how to submit a job. */
export function readyMessage(
  address: string,
  { dataDir, apiKey, example, host, longConcurrency, missingSecrets }: Ready,
): string {
  const storage =
    dataDir === undefined
      ? 'Jobs are kept in memory. To keep them after a restart: DATA_DIR=.data npm start'
      : `Jobs are kept in ${dataDir}`;
  const [key, header] =
    apiKey === undefined
      ? [isLoopback(host) ? '' : openText, '']
      : [
          `
  Every call needs this key, of the tenant "local", with all rights. The next start makes another one:

    KEY=${apiKey}
`,
          ' -H "Authorization: Bearer $KEY"',
        ];
  const secrets =
    missingSecrets.length === 0
      ? ''
      : `
  Secrets without a value: ${missingSecrets.join(', ')}. A job that reads one fails. Set variables of these names, and start again.
`;
  const port = new URL(address).port;
  const onPort = port === defaultPort ? '' : `PORT=${port} `;
  const jobctl = `${onPort}${apiKey === undefined ? '' : 'JOB_KEY=$KEY '}npx jobctl`;
  return `
  Ready at ${address}   Look at the jobs: ${address}/ui
${key}${secrets}
  Submit a job, and follow it at the "statusUrl" of the answer:

    curl -s ${address}/jobs${header} -H 'content-type: application/json' \\
      -d '${JSON.stringify({ type: example.type, payload: example.payload })}'

    curl -s ${address}/jobs/<id>${header}

  Or by the command line, in this clone:

    ${jobctl} submit ${example.type} --payload '${JSON.stringify(example.payload)}' --wait

  ${storage}
  ${longConcurrency} jobs of the queue "long" run at a time, and the next ones wait. For more: LONG_CONCURRENCY=${4 * longConcurrency} npm start
  Jobs of the queue "server" run on a worker server. In another terminal: ${onPort}npm run worker
  The worker server sees no edits: after one, start it again.
  Each save in functions/, job-types/ and shared/ takes effect, but for schedules. Ctrl-C stops everything.
`;
}
