import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const python = '/usr/bin/python3';

/** Whether Debian's `python3-moto python3-flask python3-flask-cors` are there. */
export function motoIsInstalled(): boolean {
  const modules = ['moto', 'flask', 'flask_cors'];
  const find = `from importlib.util import find_spec; assert all(map(find_spec, ${JSON.stringify(modules)}))`;
  return spawnSync(python, ['-c', find]).status === 0;
}

export interface Moto {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** AWS in memory: CloudFormation, S3, IAM, Lambda, SQS and DynamoDB, but not the HTTP API and not the alarms. */
export async function startMoto(): Promise<Moto> {
  const server = spawn(python, [join(import.meta.dirname, 'moto_server.py')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(server, 'exit');
  const endpoint = await endpointTold(server.stderr);
  server.stderr.resume(); // or it would wait, with its log unread
  return {
    endpoint,
    async stop() {
      server.kill();
      await ended;
    },
  };
}

async function endpointTold(log: Readable): Promise<string> {
  const told: string[] = [];
  for await (const line of createInterface(log)) {
    const endpoint = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
    if (endpoint !== undefined) return endpoint;
    told.push(line);
  }
  throw new Error(`moto did not start: ${told.join('\n')}`);
}
