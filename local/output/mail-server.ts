import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod/mini';
import { readJson } from '../../shared/domain/base/read-json.ts';
import { guard, ownProcessesOnly } from '../doors/door.ts';
import { readMailCalls } from '../rights/calls.ts';
import { terminalText } from './function-output.ts';

const sending = 'POST /v2/email/outbound-emails';
const maxLines = 5;
const maxLine = 2_000;
/** One that a person opens is whole, and on a line of its own: a terminal then makes all of it one link. */
const link = /(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)])/;

const part = z.object({ Data: z.string() });
/** `RawContent` is base64. */
const attachment = z.object({ FileName: z.string(), RawContent: z.string() });
const mail = z.object({
  FromEmailAddress: z.string(),
  Destination: z.object({ ToAddresses: z.array(z.string()) }),
  Content: z.object({
    Simple: z.object({
      Subject: part,
      Body: z.object({ Text: part }),
      Attachments: z._default(z.array(attachment), []),
    }),
  }),
});

export interface MailServer {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/**
 * Starts the SES of this machine, on a free port of the loopback interface: it takes each mail and prints it, and sends none. No
 * address is on its suppression list.
 * @param allowedHosts names of this machine besides those of the loopback interface
 */
export async function startMailServer(
  say: (text: string) => void,
  allowedHosts: readonly string[],
): Promise<MailServer> {
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing, say).catch(() => outgoing.destroy());
  });
  guard(server, ownProcessesOnly(allowedHosts, readMailCalls));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    endpoint: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  say: (text: string) => void,
): Promise<void> {
  outgoing.setHeader('content-type', 'application/json');
  const body = await text(incoming);
  if (`${incoming.method} ${incoming.url}` !== sending) {
    outgoing.setHeader('x-amzn-errortype', 'NotFoundException');
    outgoing.writeHead(404).end('{"message":"not found"}');
    return;
  }
  say(mailText(mail.parse(readJson(body))));
  outgoing.end(JSON.stringify({ MessageId: `local-${randomUUID()}` }));
}

/** What a mail says, as far as a terminal has room. */
export function mailText({ FromEmailAddress, Destination, Content }: z.infer<typeof mail>): string {
  const { Subject, Body, Attachments } = Content.Simple;
  const lines = Body.Text.Data.split(/\r?\n/);
  const shown = lines.slice(0, maxLines).flatMap(partsOf);
  const linksBehind = lines
    .slice(maxLines)
    .flatMap((line) => partsOf(line).filter((each) => link.test(each)));
  const more = lines.length - maxLines;
  const all = [
    `A mail, which npm start does not send: from ${FromEmailAddress} to ${Destination.ToAddresses.join(', ')}`,
    `Subject: ${Subject.Data}`,
    ...shown,
    ...(more > 0 ? [`... and ${more} ${more === 1 ? 'line' : 'lines'} more`] : []),
    ...linksBehind,
    ...Attachments.map(attachmentText),
  ];
  return terminalText(all.join('\n    '));
}

const attachmentText = ({ FileName, RawContent }: z.infer<typeof attachment>): string =>
  `Attachment: ${FileName}, ${Buffer.byteLength(RawContent, 'base64').toLocaleString('en')} bytes`;

/** A line with its links apart. The others have no more than a terminal has room for. */
const partsOf = (line: string): readonly string[] =>
  line.split(link).flatMap((each) => {
    const text = each.trim();
    if (link.test(text)) return text;
    return text === '' && line !== '' ? [] : text.slice(0, maxLine);
  });
