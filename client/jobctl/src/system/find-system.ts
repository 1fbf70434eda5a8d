import { isLoopback, isPrivate, isSameOrigin, parseAddress, parseKey } from '../arguments/parse-address.ts';
import { usageError } from '../ending.ts';
import type { Profiles } from '../profiles/parse-profiles.ts';

/** Which system to talk to, and as whom. */
export interface SystemAddress {
  /** Without a slash at its end. */
  readonly url: string;
  readonly key: string | undefined;
  /**
   * What has named it, as people call it: `--url`, `JOB_URL`, `profile "prod"`. Undefined: nothing has, it is the local
   * one.
   */
  readonly source: string | undefined;
  /** Where the key is: `in JOB_KEY`, `of profile "prod"`. */
  readonly keySource: string | undefined;
  /** JOB_KEY is set, and is for another system. */
  readonly isKeyIgnored: boolean;
}

/** As typed. */
export interface SystemOptions {
  readonly url?: string | undefined;
  readonly profile?: string | undefined;
}

interface Given {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Read only where they matter. */
  readonly profiles: () => Profiles;
}

/** Why JOB_KEY was not sent. */
export const jobKeyRule = 'it is for the address in JOB_URL, or without one for this machine';

/** That of `npm start`. */
const defaultPort = '3000';

/**
 * What was typed goes first (`--url`, `--profile`), then JOB_URL and JOB_KEY, then JOB_PROFILE, then the default
 * profile, and last the local system. A profile's key goes to its own origin alone. JOB_KEY goes to the origin of
 * JOB_URL alone, or where that is not set to this machine: never to a profile's address. No key goes by plain http to
 * another machine.
 * @throws CommandError
 */
export function findSystem(options: SystemOptions, given: Given): SystemAddress {
  const found = find(options, given);
  if (found.key !== undefined && !isPrivate(found.url))
    throw usageError(
      `The key ${found.keySource} was not sent to ${found.url}: by http, everybody on the way can read it. Use https.`,
    );
  return { ...found, isKeyIgnored: ownKeyOf(given) !== undefined && found.keySource !== inVariable };
}

function find({ url, profile }: SystemOptions, given: Given): Found {
  const { JOB_URL, PORT } = given.env;
  const address = url === undefined ? undefined : parseAddress(url, '--url');
  if (profile !== undefined) return ofTypedProfile(profile, address, given);
  if (address !== undefined) return atAddress(address, '--url', given);
  if (JOB_URL) return atAddress(parseAddress(JOB_URL, 'JOB_URL'), 'JOB_URL', given);
  const chosen = ownKeyOf(given) === undefined ? chosenProfile(given) : undefined;
  return chosen ?? atAddress(`http://127.0.0.1:${PORT || defaultPort}`, undefined, given);
}

const ownKeyOf = ({ env }: Given): string | undefined => parseKey(env.JOB_KEY ?? '', 'JOB_KEY');

function ofTypedProfile(name: string, address: string | undefined, given: Given): Found {
  const profile = ofProfile(name, '--profile', given);
  if (address === undefined) return profile;
  if (isSameOrigin(profile.url, address)) return { ...profile, url: address, source: '--url' };
  throw usageError(`--profile ${name} is for ${profile.url}, and --url is another system. Use one of them.`);
}

/** What JOB_PROFILE names, or else the default one. */
function chosenProfile(given: Given): Found | undefined {
  const name = given.env.JOB_PROFILE || given.profiles().default;
  return name === undefined ? undefined : ofProfile(name, 'JOB_PROFILE', given);
}

function ofProfile(name: string, option: string, { profiles }: Given): Found {
  const profile = profiles().profiles.get(name);
  if (!profile)
    throw usageError(
      `${option} is "${name}", and there is no such profile. \`jobctl profiles list\` shows which there are.`,
    );
  const { url, key } = profile;
  const source = `profile "${name}"`;
  return { url, source, key, keySource: key === undefined ? undefined : `of ${source}` };
}

/** With a key that is meant for this address, if there is one. */
function atAddress(url: string, source: string | undefined, given: Given): Found {
  const { JOB_URL } = given.env;
  const key = ownKeyOf(given);
  if (key !== undefined && (JOB_URL ? isSameOrigin(JOB_URL, url) : isLoopback(url)))
    return { url, source, key, keySource: inVariable };
  const profile = chosenProfile(given);
  if (profile && isSameOrigin(profile.url, url)) return { ...profile, url, source };
  return { url, source, key: undefined, keySource: undefined };
}

type Found = Omit<SystemAddress, 'isKeyIgnored'>;

const inVariable = 'in JOB_KEY';
