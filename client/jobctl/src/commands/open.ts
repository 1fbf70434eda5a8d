import type { Command } from 'commander';
import { addCommand } from '../add-command.ts';
import { openerOn, openPage } from '../browser.ts';
import type { Ending } from '../ending.ts';
import { parseJobId } from '../job-id.ts';
import { pageAddress } from '../page-address.ts';
import type { Run } from '../run-command.ts';
import type { Session } from '../session.ts';

interface OpenFlags {
  readonly print?: true;
}

export const addOpen = (program: Command, run: Run): Command =>
  addCommand(program, 'open [job]', {
    description: "open a job's page in the browser, or without a job the dashboard",
    examples: [
      'jobctl open 8727fcca-6715-88cd-be4f-02627a10fc09',
      'jobctl open',
      'jobctl open 8727fcca-6715-88cd-be4f-02627a10fc09 --print',
    ],
    more: [
      'Whoever has the address of the page may look at the job, without a key: keep it',
      'out of logs. Where there is no browser, such as over ssh, and where the output',
      'is no terminal, the command prints the address.',
    ].join('\n'),
  })
    .option('--print', 'print the address, and open nothing')
    .action((job: string | undefined, _options: unknown, command: Command) =>
      run(command, (session, options: OpenFlags) => open(job, options, session)),
    );

async function open(job: string | undefined, { print }: OpenFlags, session: Session): Promise<Ending> {
  const { output, env, url } = session;
  const { href, isOwn } = pageAddress(await addressOf(job, session), url);
  if (output.isJson) {
    output.document({ url: href });
    return 'ok';
  }
  const isWanted = !print && output.stdout.isTTY === true;
  const opener = isWanted && isOwn ? openerOn({ platform: process.platform, env }) : undefined;
  if (opener && (await openPage(href, opener, env))) {
    output.hint('It is open in the browser.');
    if (job === undefined && session.key !== undefined) output.hint('Sign in there with an API key.');
    return 'ok';
  }
  if (!isOwn)
    output.warn(`jobctl: ${url} names a page of another host. Open it yourself, if you know that host.`);
  output.line(href);
  return 'ok';
}

const addressOf = async (job: string | undefined, session: Session): Promise<string> => {
  const { client, signal, url } = session;
  if (job === undefined) return `${url}/ui`;
  const { id, pageUrl } = await client.get(parseJobId(job, session), { signal });
  return pageUrl ?? `${url}/ui/jobs/${id}`;
};
