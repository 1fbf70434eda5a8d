import { once } from 'node:events';
import { SourceMap } from 'node:module';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';

/*
 * A debugger as that of an editor: it asks a process for its threads, reads the source maps of what they load, and sets a breakpoint in a
 * line of the source.
 */

const message = z.object({
  id: z.optional(z.int()),
  method: z.optional(z.string()),
  params: z.optional(z.unknown()),
  result: z.optional(z.unknown()),
});
const attached = z.object({ sessionId: z.string() });
const ofWorker = z.object({ sessionId: z.string(), message: z.string() });
const script = z.object({ scriptId: z.string(), url: z.string(), sourceMapURL: z.optional(z.string()) });
const sourceMap = z.object({ version: z.literal(3), sources: z.array(z.string()), mappings: z.string() });
const paused = z.object({ callFrames: z.array(z.object({ callFrameId: z.string() })) });
const evaluated = z.object({ result: z.object({ value: z.optional(z.unknown()) }) });

interface SourceLine {
  /** The path of a file, as an editor has it. */
  readonly file: string;
  /** From 1 on. */
  readonly line: number;
}

const inlineMap = /^data:application\/json;[^,]*base64,/;

/** Where a line of a source is in a script, by its map; undefined if the script does not have it. */
function placeIn(
  { url, sourceMapURL = '' }: z.infer<typeof script>,
  { file, line }: SourceLine,
): { readonly lineNumber: number; readonly columnNumber: number } | undefined {
  if (!inlineMap.test(sourceMapURL)) return undefined;
  const text = Buffer.from(sourceMapURL.replace(inlineMap, ''), 'base64').toString();
  const payload = sourceMap.parse(JSON.parse(text));
  const source = payload.sources.find((each) => fileURLToPath(new URL(each, url)) === file);
  if (source === undefined) return undefined;
  const map = new SourceMap({ ...payload, file: '', names: [], sourceRoot: '', sourcesContent: [] });
  const lines = payload.mappings.split(';').length;
  for (let lineNumber = 0; lineNumber < lines; lineNumber += 1) {
    const found = map.findEntry(lineNumber, 200);
    const isThere = 'originalSource' in found && found.generatedLine === lineNumber;
    if (isThere && found.originalSource === source && found.originalLine === line - 1)
      return { lineNumber, columnNumber: 0 };
  }
  return undefined;
}

/** Longer than the lease of `npm start`. */
const standsMs = 12_000;

/**
 * Sets a breakpoint in all threads of a process, also in those that start later.
 * @param address `ws://...`, as Node.js prints it
 * @returns what waits until a thread stands there, lets it go, and says what an expression was
 */
export async function breakInThreads(
  address: string,
  place: SourceLine,
): Promise<{ evaluateThere(expression: string): Promise<unknown>; close(): void }> {
  const socket = new WebSocket(address);
  await once(socket, 'open');
  let lastId = 0;
  const answers = new Map<number, (result: unknown) => void>();
  const stood = Promise.withResolvers<{ readonly session: string; readonly frame: string }>();
  const send = (method: string, params: object = {}): number => {
    lastId += 1;
    socket.send(JSON.stringify({ id: lastId, method, params }));
    return lastId;
  };
  const askWorker = (sessionId: string, method: string, params: object = {}): Promise<unknown> => {
    lastId += 1;
    const id = lastId;
    const answer = new Promise((resolve) => answers.set(id, resolve));
    send('NodeWorker.sendMessageToWorker', { sessionId, message: JSON.stringify({ id, method, params }) });
    return answer;
  };
  const onWorker = (sessionId: string, text: string): void => {
    const { id, method, params, result } = message.parse(JSON.parse(text));
    if (id !== undefined) answers.get(id)?.(result);
    if (method === 'Debugger.scriptParsed') {
      const parsed = script.parse(params);
      const found = placeIn(parsed, place);
      if (found)
        void askWorker(sessionId, 'Debugger.setBreakpoint', {
          location: { scriptId: parsed.scriptId, ...found },
        });
    }
    const [top] = method === 'Debugger.paused' ? paused.parse(params).callFrames : [];
    if (top) stood.resolve({ session: sessionId, frame: top.callFrameId });
  };
  socket.onmessage = ({ data }) => {
    const { method, params } = message.parse(JSON.parse(String(data)));
    if (method === 'NodeWorker.attachedToWorker')
      void askWorker(attached.parse(params).sessionId, 'Debugger.enable');
    if (method === 'NodeWorker.receivedMessageFromWorker') {
      const { sessionId, message: text } = ofWorker.parse(params);
      onWorker(sessionId, text);
    }
  };
  send('NodeWorker.enable', { waitForDebuggerOnStart: false });
  return {
    async evaluateThere(expression) {
      const { session, frame } = await stood.promise;
      const params = { callFrameId: frame, expression };
      const { result } = evaluated.parse(await askWorker(session, 'Debugger.evaluateOnCallFrame', params));
      await setTimeout(standsMs);
      await askWorker(session, 'Debugger.resume');
      return result.value;
    },
    close: () => socket.close(),
  };
}
