import { defaultPort } from './running-system.ts';

/** What the user sees when everything runs: the address, and how to submit a job. */
export function readyMessage(
  address: string,
  { dataDir, apiKey }: { readonly dataDir: string | undefined; readonly apiKey: string | undefined },
): string {
  const storage =
    dataDir === undefined
      ? 'Jobs are kept in memory. To keep them after a restart: DATA_DIR=.data npm start'
      : `Jobs are kept in ${dataDir}`;
  const [key, header] =
    apiKey === undefined
      ? ['', '']
      : [
          `
  Every call needs this key, of the tenant "local", with all rights. The next start makes another one:

    KEY=${apiKey}
`,
          ' -H "Authorization: Bearer $KEY"',
        ];
  const port = new URL(address).port;
  const onPort = port === defaultPort ? '' : `PORT=${port} `;
  const jobctl = `${onPort}${apiKey === undefined ? '' : 'JOB_KEY=$KEY '}npx jobctl`;
  return `
  Ready at ${address}   Look at the jobs: ${address}/ui
${key}
  Submit a job, and follow it at the "statusUrl" of the answer:

    curl -s ${address}/jobs${header} -H 'content-type: application/json' \\
      -d '{"type": "countdown", "payload": {"seconds": 5}}'

    curl -s ${address}/jobs/<id>${header}

  Or by the command line, in this clone:

    ${jobctl} submit countdown --payload '{"seconds": 5}' --wait

  ${storage}
  Jobs of the queue "server", such as encode-video, run on a worker server. In another terminal: ${onPort}npm run worker
  It sees no edits: after one, start it again.
  Each save in functions/, job-types/ and shared/ takes effect, but for schedules. Ctrl-C stops everything.
`;
}
