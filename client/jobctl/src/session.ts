import type { Readable } from 'node:stream';
import { type ApiCall, callApi } from './call-api.ts';
import type { Place } from './describe-failure.ts';
import { findSystem, type SystemAddress, type SystemOptions } from './find-system.ts';
import { type Client, createClient } from './library.ts';
import { noticeOutage } from './notice-outage.ts';
import { type Output, openOutput, type Sink } from './output.ts';
import { profilesPath, readProfiles } from './profiles/profiles-file.ts';

/** What of the process a command sees. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Of jobctl. */
  readonly version: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** What Ctrl-C does. */
  readonly interrupt: () => void;
  /** Epoch milliseconds. */
  now(): number;
}

/** What every command knows. */
export interface CommonOptions extends SystemOptions {
  readonly json?: boolean | undefined;
}

/** A command's view of the terminal. */
export interface Terminal extends Surroundings {
  readonly output: Output;
}

/** A command's view of the system and of the terminal. */
export interface Session extends Terminal, SystemAddress {
  /** Gives up soon: a person waits for the answer. */
  readonly client: Client;
  /** Goes on trying for minutes: what has answered once will answer again. */
  readonly patientClient: Client;
  /** For what the client does not offer: the answer is what the API's document says. @throws ProblemError, NetworkError */
  call<Body>(target: string, body?: unknown): Promise<Body>;
  /** A command for the same system, as a person would type it. */
  commandLine(command: string): string;
  /** Where an error is to be put right. */
  readonly place: Place;
}

/** Longer than a deployment or a restart takes. */
const patience = { tries: Infinity, seconds: 300 };

/** @throws CommandError */
export function openSession(options: CommonOptions, surroundings: Surroundings): Session {
  const { env, signal } = surroundings;
  const { json = false, url, profile } = options;
  const system = findSystem(options, { env, profiles: () => readProfiles(profilesPath(env)) });
  const credential = system.key === undefined ? {} : { key: system.key };
  const output = openOutput(json, surroundings);
  const call: ApiCall = { ...system, signal };
  return {
    ...surroundings,
    ...system,
    output,
    client: createClient({ url: system.url, ...credential, retries: { tries: 3, seconds: 30 } }),
    patientClient: createClient({
      url: system.url,
      ...credential,
      retries: patience,
      fetch: noticeOutage((request) => fetch(request), {
        now: surroundings.now,
        tell(seconds) {
          // A progress bar may stand there.
          if (output.stderr.isTTY) output.stderr.write('\n');
          const text = `${system.url} has not answered for ${seconds} s. It is asked again, for ${patience.seconds / 60} minutes at most.`;
          output.warn(`jobctl: ${text}`);
        },
      }),
    }),
    call: (target, body) => callApi(target, body, call),
    commandLine: (command) =>
      ['jobctl', command, optionText('--url', url), optionText('--profile', profile)]
        .filter(Boolean)
        .join(' '),
    place: system,
  };
}

const optionText = (name: string, value: string | undefined): string =>
  value === undefined ? '' : `${name} ${value}`;
