import { addAbortSignal } from 'node:stream';
import { text as readAll } from 'node:stream/consumers';
import type { Command } from 'commander';
import { isPrivate, parseAddress, parseKey } from '../arguments/parse-address.ts';
import { type Ending, usageError } from '../ending.ts';
import { isProfileName, type Profile, type Profiles } from '../profiles/parse-profiles.ts';
import { changeProfiles, profilesPath, readProfiles } from '../profiles/profiles-file.ts';
import { askSecret } from '../system/ask-secret.ts';
import type { RunHere } from '../system/run-command.ts';
import type { Terminal } from '../system/session.ts';
import { addLocalCommand } from './add-command.ts';
import { refuseUnknownBelow } from './unknown-command.ts';

interface AddOptions {
  readonly url?: string;
  /** `--no-key`. */
  readonly key: boolean;
  readonly replace?: true;
}

/** Systems under names, with their keys. */
export function addProfiles(program: Command, runHere: RunHere): void {
  const profiles = addLocalCommand(program, 'profiles', {
    description: 'keep systems under names, with their keys',
    examples: [
      'jobctl profiles add prod --url https://jobs.example.com',
      'jobctl list --profile prod',
      'jobctl profiles use prod',
      'jobctl profiles',
    ],
    more: 'They are in ~/.config/jobctl/profiles.json, which nobody else may read;\nJOBCTL_CONFIG: another file.',
  });
  const list = addLocalCommand(profiles, 'list', {
    description: 'list them, without their keys; * is the default one (this is what `profiles` alone does)',
    examples: ['jobctl profiles list', 'jobctl profiles list --json | jq -r ".[].url"'],
  });
  for (const command of [list, profiles])
    command.action((...received: unknown[]) =>
      runHere(received.at(-1) as Command, async (terminal) => listProfiles(terminal)),
    );
  addAdd(profiles, runHere);
  addRemove(profiles, runHere);
  addUse(profiles, runHere);
  refuseUnknownBelow(profiles);
}

const addAdd = (profiles: Command, runHere: RunHere): Command =>
  addLocalCommand(profiles, 'add <profile>', {
    description: 'add one: asks for the key, or reads it from the standard input when that is no terminal',
    examples: [
      'jobctl profiles add prod --url https://jobs.example.com',
      'jobctl profiles add prod --url https://jobs.example.com --replace <key.txt',
      'jobctl profiles add local --url http://127.0.0.1:3200 --no-key',
    ],
  })
    .option('--url <url>', 'address of the API')
    .option('--no-key', 'without a key: the system asks for none')
    .option('--replace', 'in place of the profile of this name')
    .action((name: string, _options: unknown, command: Command) =>
      runHere(command, (terminal, options: AddOptions) => add(name, options, terminal)),
    );

async function add(name: string, { url, key, replace }: AddOptions, terminal: Terminal): Promise<Ending> {
  if (!isProfileName(name))
    throw usageError(
      `"${name}" is no name of a profile. Use letters, digits, ".", "_" and "-", 64 at most, and a letter or digit first.`,
    );
  if (url === undefined) throw usageError('--url is missing: the address of the API.');
  const address = parseAddress(url, '--url');
  const path = profilesPath(terminal.env);
  requireFree(name, readProfiles(path), replace);
  if (key && !isPrivate(address))
    throw usageError(
      `${address} is http: everybody on the way could read the key, so none is sent there. Use https, or --no-key.`,
    );
  const profile: Profile = { url: address, key: key ? await keyFor(address, terminal) : undefined };
  // Nobody is asked for a key while the file is locked.
  await changeProfiles(path, (before) => {
    requireFree(name, before, replace);
    return { ...before, profiles: new Map([...before.profiles, [name, profile]]) };
  });
  const { output } = terminal;
  output.hint(
    `It is in ${path}. To use it: --profile ${name}, or for all commands: jobctl profiles use ${name}`,
  );
  return 'ok';
}

function requireFree(name: string, { profiles }: Profiles, replace: true | undefined): void {
  if (replace || !profiles.has(name)) return;
  throw usageError(
    `There is a profile ${name} already, for ${profiles.get(name)?.url}. To replace it: --replace`,
  );
}

/** @throws CommandError if there is none */
async function keyFor(address: string, terminal: Terminal): Promise<string> {
  const { stdin, signal } = terminal;
  const text = stdin.isTTY
    ? await askSecret(`API key for ${address} (it is not shown):`, terminal)
    : await readAll(addAbortSignal(signal, stdin));
  const key = parseKey(text, 'What was entered');
  if (key !== undefined) return key;
  throw usageError('There is no key. For a system that asks for none: --no-key');
}

const addRemove = (profiles: Command, runHere: RunHere): Command =>
  addLocalCommand(profiles, 'remove <profile>', {
    description: 'forget one, and its key',
    examples: ['jobctl profiles remove prod'],
  }).action((name: string, _options: unknown, command: Command) =>
    runHere(command, async ({ env }) => {
      await changeProfiles(profilesPath(env), ({ default: chosen, profiles: before }) => {
        requireKnown(name, before);
        const left = new Map([...before].filter(([each]) => each !== name));
        return { profiles: left, default: chosen === name ? undefined : chosen };
      });
      return 'ok';
    }),
  );

const addUse = (profiles: Command, runHere: RunHere): Command =>
  addLocalCommand(profiles, 'use [profile]', {
    description: 'make one the default, or none',
    examples: ['jobctl profiles use prod', 'jobctl profiles use --none'],
  })
    .option('--none', 'no default: the local system again')
    .action((name: string | undefined, _options: unknown, command: Command) =>
      runHere(command, async ({ env }, { none = false }: { readonly none?: boolean }) => {
        if (none === (name !== undefined)) throw usageError('Name a profile, or use --none.');
        await changeProfiles(profilesPath(env), ({ profiles: known }) => {
          if (name !== undefined) requireKnown(name, known);
          return { profiles: known, default: name };
        });
        return 'ok';
      }),
    );

function requireKnown(name: string, profiles: Profiles['profiles']): void {
  if (profiles.has(name)) return;
  throw usageError(`There is no profile "${name}". \`jobctl profiles list\` shows which there are.`);
}

function listProfiles({ env, output }: Terminal): Ending {
  const { profiles, default: chosen } = readProfiles(profilesPath(env));
  const all = [...profiles].map(([name, { url, key }]) => ({
    name,
    url,
    hasKey: key !== undefined,
    isDefault: name === chosen,
  }));
  if (output.isJson) output.document(all);
  else
    for (const { name, url, hasKey, isDefault } of all)
      output.line(`${isDefault ? '*' : ' '} ${name.padEnd(12)}  ${url}${hasKey ? '' : '  (no key)'}`);
  if (all.length === 0) output.hint('There are no profiles. To make one: jobctl profiles add NAME --url URL');
  return 'ok';
}
