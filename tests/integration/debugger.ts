import { once } from 'node:events';
import * as z from 'zod/mini';

/** What Node.js answers over the inspector's protocol, as far as the tests read it. */
const frame = z.object({
  callFrameId: z.string(),
  location: z.object({ scriptId: z.string(), lineNumber: z.int() }),
});
const received = z.object({
  id: z.optional(z.int()),
  method: z.optional(z.string()),
  params: z.optional(z.unknown()),
  result: z.optional(z.unknown()),
});
const paused = z.object({ callFrames: z.array(frame) });
const script = z.object({ scriptId: z.string(), url: z.string() });
const source = z.object({ scriptSource: z.string() });
const evaluated = z.object({ result: z.object({ value: z.optional(z.unknown()) }) });

/** A place where a program stands still. */
export interface Pause {
  readonly url: string;
  /** The text of the line, as the debugger shows it. */
  readonly line: string;
  evaluate(expression: string): Promise<unknown>;
}

/** A debugger that is attached to a program that waits for one. */
export interface Debugger {
  /** Lets the program go. @returns where it stands still next */
  start(): Promise<Pause>;
  stepInto(): Promise<Pause>;
  resume(): Promise<void>;
  close(): void;
}

/** @param url `ws://...`, as Node.js prints it */
export async function attachDebugger(url: string): Promise<Debugger> {
  const socket = new WebSocket(url);
  const answers = new Map<number, (result: unknown) => void>();
  const scripts = new Map<string, string>();
  let onPaused: (pause: z.infer<typeof paused>) => void = () => undefined;
  socket.onmessage = ({ data }) => {
    const { id, method, params, result } = received.parse(JSON.parse(String(data)));
    if (id !== undefined) answers.get(id)?.(result);
    if (method === 'Debugger.scriptParsed') {
      const parsed = script.parse(params);
      scripts.set(parsed.scriptId, parsed.url);
    }
    if (method === 'Debugger.paused') onPaused(paused.parse(params));
  };
  await once(socket, 'open');
  const ask = (method: string, params?: object): Promise<unknown> =>
    new Promise((resolve) => {
      const id = answers.size + 1;
      answers.set(id, resolve);
      socket.send(JSON.stringify({ id, method, params }));
    });
  const pauseAfter = async (method: string): Promise<Pause> => {
    const next = new Promise<z.infer<typeof paused>>((resolve) => {
      onPaused = resolve;
    });
    await ask(method);
    const [top] = (await next).callFrames;
    if (!top) throw new Error('there is no frame');
    const { callFrameId, location } = top;
    const { scriptSource } = source.parse(
      await ask('Debugger.getScriptSource', { scriptId: location.scriptId }),
    );
    return {
      url: scripts.get(location.scriptId) ?? '',
      line: scriptSource.split('\n')[location.lineNumber] ?? '',
      evaluate: async (expression) =>
        evaluated.parse(await ask('Debugger.evaluateOnCallFrame', { callFrameId, expression })).result.value,
    };
  };
  await ask('Debugger.enable');
  return {
    start: () => pauseAfter('Runtime.runIfWaitingForDebugger'),
    stepInto: () => pauseAfter('Debugger.stepInto'),
    async resume() {
      await ask('Debugger.resume');
    },
    close: () => socket.close(),
  };
}
