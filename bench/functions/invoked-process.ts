import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { projectDir } from '../../tests/project-copy.ts';
import type { SentMessage } from './aws.ts';
import type { AwsQuestion } from './aws-process.ts';
import type { Invocations } from './invoke.ts';

const tookSchema = z.object({
  wallMs: z.number(),
  cpuMs: z.number(),
  answers: z.array(z.unknown()),
});
export type Took = z.infer<typeof tookSchema>;

/** Starts a program that answers each message with one. */
function startAnswering(path: string, env: NodeJS.ProcessEnv) {
  // Without what a developer has set, such as a cache of compiled code.
  const child = fork(path, { env, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const next = async (): Promise<unknown> => {
    const stopping = new AbortController();
    const { signal } = stopping;
    const ended = once(child, 'exit', { signal }).then(([code]) => {
      throw new Error(`${path} has ended with ${code}.`);
    });
    try {
      const [message]: unknown[] = await Promise.race([once(child, 'message', { signal }), ended]);
      return message;
    } finally {
      stopping.abort();
      ended.catch(() => undefined);
    }
  };
  return {
    next,
    async ask(message: object | string): Promise<unknown> {
      const answer = next();
      child.send(message);
      return answer;
    },
    async stop(): Promise<void> {
      if (child.exitCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

export interface InvokedProcess {
  invoke(invocations: Invocations): Promise<Took>;
  stop(): Promise<void>;
}

/** Starts a process for a function. @param path of `invoke.ts`, or of its bundle: to read types takes memory */
export function startFunction(path: string, env: Readonly<Record<string, string>>): InvokedProcess {
  const { ask, stop } = startAnswering(path, env);
  return { invoke: async (invocations) => tookSchema.parse(await ask(invocations)), stop };
}

const started = z.object({ endpoint: z.string(), tlsEndpoint: z.string(), authority: z.string() });
const sent = z.array(
  z.object({ MessageId: z.string(), Body: z.string(), MessageGroupId: z.optional(z.string()) }),
);

export interface AwsProcess extends z.infer<typeof started> {
  put(table: string, item: unknown): Promise<void>;
  delay(milliseconds: number): Promise<void>;
  count(): Promise<number>;
  sent(): Promise<readonly SentMessage[]>;
  stop(): Promise<void>;
}

export async function startAwsProcess(): Promise<AwsProcess> {
  const { next, ask, stop } = startAnswering(join(projectDir, 'bench/functions/aws-process.ts'), process.env);
  const asked = (message: AwsQuestion): Promise<unknown> => ask(message);
  return {
    ...started.parse(await next()),
    put: async (table, item) => void (await asked({ table, put: item })),
    delay: async (delayMs) => void (await asked({ delayMs })),
    count: async () => z.number().parse(await asked('count')),
    sent: async () => sent.parse(await asked('sent')),
    stop,
  };
}
