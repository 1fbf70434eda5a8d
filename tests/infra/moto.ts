import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const python = '/usr/bin/python3';

/** Whether Debian's `python3-moto python3-flask python3-flask-cors` are installed. */
export function motoIsInstalled(): boolean {
  const modules = ['moto', 'flask', 'flask_cors'];
  const find = `from importlib.util import find_spec; assert all(map(find_spec, ${JSON.stringify(modules)}))`;
  return spawnSync(python, ['-c', find]).status === 0;
}

export interface Moto {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Starts an AWS in memory. It has CloudFormation, S3, IAM, Lambda, SQS and DynamoDB, but no HTTP API and no alarms. */
export async function startMoto(): Promise<Moto> {
  const server = spawn(python, [join(import.meta.dirname, 'moto_server.py')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(server, 'exit');
  const endpoint = await endpointIn(server.stderr);
  server.stderr.resume(); // if nobody read the log, its pipe would fill and block the server
  return {
    endpoint,
    async stop() {
      server.kill();
      await ended;
    },
  };
}

/** Reads the log of the server up to the line with its endpoint. */
async function endpointIn(log: Readable): Promise<string> {
  const lines: string[] = [];
  for await (const line of createInterface(log)) {
    const endpoint = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
    if (endpoint !== undefined) return endpoint;
    lines.push(line);
  }
  throw new Error(`moto did not start: ${lines.join('\n')}`);
}
