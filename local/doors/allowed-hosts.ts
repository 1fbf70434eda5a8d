import { LocalAwsError } from '../local-aws.ts';

/** No DNS server is asked for them, so no page of somebody else can have their name. */
const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
/** The same of an address to listen on. */
export const isLoopback = (host: string): boolean => host === '::1' || loopback.test(host.toLowerCase());
const hostName = /^[a-z\d]([\w.-]*[a-z\d])?$/;

/**
 * Reads `ALLOWED_HOSTS`, a comma list of names that the local system has besides those of the loopback interface.
 * @throws LocalAwsError that names what is no host name
 */
export function readAllowedHosts(text = ''): readonly string[] {
  const names = text
    .toLowerCase()
    .split(',')
    .flatMap((name) => name.trim() || []);
  const wrong = names.filter((name) => !hostName.test(name));
  if (wrong.length === 0) return names;
  throw new LocalAwsError(
    `ALLOWED_HOSTS is a comma list of host names, without a scheme and a port. These are none: ${wrong.join(', ')}`,
  );
}

/**
 * Why a request is refused that calls this machine by a name that it does not have. A page makes a browser do that: for
 * a moment the name of the page's own site leads to this machine (DNS rebinding), and then the page may read the
 * answer.
 * @param host the header. HTTP 1.0 has none; a browser always sends it
 */
export function whyStrangeHost(host: string | undefined, allowed: readonly string[]): string | undefined {
  const name = host?.toLowerCase().replace(/:\d+$/, '');
  if (name === undefined || loopback.test(name) || allowed.includes(name)) return undefined;
  return `This machine is not called ${name}. If the name is yours, set ALLOWED_HOSTS=${name} and start again.`;
}

interface Listening {
  readonly host: string;
  /** As the stage has it: `none` asks for no key. */
  readonly auth: unknown;
  /** `--anybody-may-call` */
  readonly mayAnybodyCall: boolean | undefined;
}

/**
 * Why the local system does not start: anybody who reaches this machine would submit jobs, read all of them, and
 * cancel them.
 */
export const problemsOfListening = ({ host, auth, mayAnybodyCall }: Listening): readonly string[] =>
  auth === 'none' && !isLoopback(host) && mayAnybodyCall !== true
    ? [
        `--host ${host} has the API listen to other machines, and no key is asked for. Set AUTH=apiKey; or add --anybody-may-call, and everybody who reaches this machine may submit, read, cancel and erase jobs.`,
      ]
    : [];
