import { isLoopback } from '../arguments/parse-address.ts';
import { CommandError, type Ending } from '../ending.ts';
import { NetworkError, ProblemError } from '../library.ts';
import { jobKeyRule, type SystemAddress } from './find-system.ts';

interface Failure {
  readonly ending: Ending;
  /** For people: why, and what to do. */
  readonly text: string;
}

/** Where an error is to be put right. */
export type AskedSystem = Pick<SystemAddress, 'url' | 'source' | 'keySource' | 'isKeyIgnored'>;

/** Before it is known which system is meant. */
export const nowhere: AskedSystem = {
  url: 'the API',
  source: undefined,
  keySource: undefined,
  isKeyIgnored: false,
};

/** What an error means for the command: its exit code, and what to say. */
export function describeFailure(error: unknown, place: AskedSystem): Failure {
  if (error instanceof CommandError) return { ending: error.ending, text: error.message };
  if (error instanceof NetworkError) return { ending: 'unreachable', text: whyUnreachable(error, place) };
  if (error instanceof ProblemError) {
    if (isOfAnother(error)) return { ending: 'unreachable', text: notTheApi(place) };
    const ending = endingOf(error);
    return { ending, text: texts[ending](error, place) };
  }
  const message = error instanceof Error ? error.message : String(error);
  const text = `This should not happen: ${sentence(message)} JOBCTL_DEBUG=1 shows where it comes from.`;
  return { ending: 'unexpected', text };
}

/** For an address that it does not have, too, the API answers with a problem document. */
const isOfAnother = ({ status, type }: ProblemError): boolean => status === 404 && type === 'about:blank';

const byStatus: Readonly<Record<number, ProblemEnding>> = {
  401: 'denied',
  403: 'denied',
  404: 'notFound',
  429: 'unreachable',
  502: 'unreachable',
  503: 'unreachable',
  504: 'unreachable',
};

const endingOf = ({ status }: ProblemError): ProblemEnding =>
  byStatus[status] ?? (status < 500 ? 'refused' : 'unexpected');

type ProblemEnding = 'denied' | 'notFound' | 'unreachable' | 'refused' | 'unexpected';

const texts: Readonly<Record<ProblemEnding, (problem: ProblemError, place: AskedSystem) => string>> = {
  denied: whyDenied,
  notFound: ({ detail, type }, place) => [sentence(detail), adviceFor(type, place)].filter(Boolean).join(' '),
  unreachable: ({ detail, type }, { url }) =>
    // It says when to try again.
    type.endsWith('/limit-exceeded') || type.endsWith('/submissions-paused')
      ? sentence(detail)
      : `${url} cannot answer now: ${sentence(detail)} Try again later.`,
  refused: whyRefused,
  unexpected: ({ status, detail }, { url }) =>
    `${url} answers ${status}: ${sentence(detail)} Tell its operator, with the time.`,
};

/** Where a key of the local system is. */
export const localKeyAdvice = '`npm start` prints a new key at each start';

function whyDenied({ status, detail }: ProblemError, { url, keySource, isKeyIgnored }: AskedSystem): string {
  if (status === 403)
    return `${sentence(detail)} Use a key that has the right, in JOB_KEY or in a profile, or ask the operator for it.`;
  if (keySource !== undefined) {
    const another = isLoopback(url) ? `${localKeyAdvice}.` : 'ask the operator for another one.';
    return `${url} does not accept the key ${keySource}. It is wrong, revoked or expired: ${another}`;
  }
  const why = isKeyIgnored
    ? `JOB_KEY was not sent: ${jobKeyRule}. For this address, set JOB_URL=${url} beside it, or make a profile: \`jobctl profiles add --help\`.`
    : `Set JOB_KEY to an API key${isLoopback(url) ? ` (${localKeyAdvice})` : ''}, or make a profile: \`jobctl profiles add --help\`.`;
  return `${url} asks for a credential. ${why}`;
}

function adviceFor(type: string, place: AskedSystem): string {
  if (type.endsWith('/job-not-found')) return '`jobctl list` shows which there are.';
  if (type.endsWith('/no-result')) return '`jobctl status` shows how the job is.';
  if (type.endsWith('/not-found')) return `Check the name, and ${settingOf(place)}.`;
  return '';
}

function whyRefused({ status, detail, errors }: ProblemError): string {
  if (status === 413)
    return `${sentence(detail)} Upload what is large, with \`jobctl submit --upload FILE\` or \`jobctl upload FILE\`.`;
  if (errors.length === 0) return sentence(detail);
  const lines = errors.map(({ pointer, detail: what }) => `  ${optionOf(pointer)}: ${what}`);
  return ['The API refuses it:', ...lines].join('\n');
}

/** What a person has typed, where it has another name than in the request. */
const options: Readonly<Record<string, string>> = {
  runAt: '--at',
  delaySeconds: '--in',
  startBefore: '--start-before',
  dependsOn: '--after',
  group: '--group',
  tags: '--tag',
  notify: '--notify',
};

function optionOf(pointer: string): string {
  if (pointer === '') return 'what was sent';
  const [, field = '', ...rest] = pointer.split('/');
  return options[field] === undefined ? pointer : [options[field], ...rest].join(' ');
}

function whyUnreachable({ cause }: NetworkError, place: AskedSystem): string {
  const reason = reasonOf(cause);
  if (reason === undefined) return notTheApi(place);
  const start = isLoopback(place.url)
    ? 'Start it with `npm start`, or set JOB_URL to the address of the API.'
    : `Check ${settingOf(place)}.`;
  return `Nothing answers at ${place.url}: ${reason}. ${start}`;
}

const notTheApi = (place: AskedSystem): string =>
  `What answers at ${place.url} is not the API of a job worker. Check ${settingOf(place)}.`;

const settingOf = ({ source }: AskedSystem): string => source ?? 'JOB_URL or --url';

/** fetch itself says no more than that it failed: the reason is its cause. */
function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
