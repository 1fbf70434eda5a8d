import type { Command } from 'commander';
import type { Ending } from '../ending.ts';
import { uploadFile } from '../jobs/upload-file.ts';
import type { Run } from '../system/run-command.ts';
import type { Session } from '../system/session.ts';
import { addCommand } from './add-command.ts';

interface UploadFlags {
  readonly contentType?: string;
}

export const addUpload = (program: Command, run: Run): Command =>
  addCommand(program, 'upload <file>', {
    description: 'upload a file that is too large for a payload, and print the name to use in one',
    examples: ['jobctl upload orders.csv --content-type text/csv', 'object=$(jobctl upload orders.csv)'],
    more: '`jobctl submit --upload` uploads a file and submits a job with it.',
  })
    .option('--content-type <media-type>', 'what it is, such as text/csv')
    .action((file: string, _options: unknown, command: Command) =>
      run(command, (session, options: UploadFlags) => upload(file, options, session)),
    );

async function upload(file: string, { contentType }: UploadFlags, session: Session): Promise<Ending> {
  const { output } = session;
  const uploaded = await uploadFile(file, { contentType, session });
  if (output.isJson) output.document(uploaded);
  else output.line(uploaded.object);
  return 'ok';
}
