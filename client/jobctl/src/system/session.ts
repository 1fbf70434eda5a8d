import type { Readable } from 'node:stream';
import { type Answer, authorizer, type Client, type Connection, callApi, createClient } from '../library.ts';
import { profilesPath, readProfiles } from '../profiles/profiles-file.ts';
import { type Output, openOutput, type Sink } from '../terminal/output.ts';
import type { AskedSystem } from './describe-failure.ts';
import { findSystem, type SystemAddress, type SystemOptions } from './find-system.ts';
import { noticeOutage } from './notice-outage.ts';

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

/** What the client does not offer, in one try. @throws ProblemError, NetworkError; the signal's reason */
interface OtherCalls {
  /** The answer is what the API's document says. @param target such as `GET /me` */
  call<Body>(target: string, body?: unknown): Promise<Body>;
  /** The same, of a call whose answer has no body. */
  send(target: string, body: unknown): Promise<void>;
  /** Shows no credential. */
  callOpenly(target: string): Promise<Answer>;
}

/** A command's view of the system and of the terminal. */
export interface Session extends Terminal, SystemAddress, OtherCalls {
  /** Gives up soon: a person waits for the answer. */
  readonly client: Client;
  /** Goes on trying for minutes: what has answered once will answer again. */
  readonly patientClient: Client;
  /** A command for the same system, as a person would type it. */
  commandLine(command: string): string;
  /** Where an error is to be put right. */
  readonly place: AskedSystem;
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
  return {
    ...surroundings,
    ...system,
    ...otherCalls(system.url, credential, signal),
    output,
    client: createClient({ url: system.url, ...credential, retries: { tries: 3, seconds: 30 } }),
    patientClient: createClient({
      url: system.url,
      ...credential,
      retries: patience,
      fetch: noticeOutage((request) => fetch(request), {
        now: surroundings.now,
        report(seconds) {
          // A progress bar may stand there.
          if (output.stderr.isTTY) output.stderr.write('\n');
          const text = `${system.url} has not answered for ${seconds} s. It is asked again, for ${patience.seconds / 60} minutes at most.`;
          output.warn(`jobctl: ${text}`);
        },
      }),
    }),
    commandLine: (command) =>
      ['jobctl', command, optionText('--url', url), optionText('--profile', profile)]
        .filter(Boolean)
        .join(' '),
    place: system,
  };
}

/** For commands, which add to them what a session has. */
export function otherCalls(
  url: string,
  credential: { readonly key?: string },
  signal: AbortSignal,
): OtherCalls {
  const open: Connection = {
    url,
    authorize: (request) => request,
    fetch: (request) => fetch(request),
    retries: { tries: 1, seconds: 0 },
  };
  const own = { ...open, authorize: authorizer(credential) };
  const callOf = (body: unknown) => ({
    signal,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return {
    call: <Body>(target: string, body?: unknown) => callApi<Body>(target, callOf(body), own),
    send: (target, body) => callApi<void>(target, { ...callOf(body), read: () => undefined }, own),
    callOpenly: (target) => callApi(target, { signal, read: (answer) => answer }, open),
  };
}

const optionText = (name: string, value: string | undefined): string =>
  value === undefined ? '' : `${name} ${value}`;
