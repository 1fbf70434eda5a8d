/**
 * What of a webhook's address can be told without looking its name up. A submission is refused by it, and again each
 * delivery: the stage's hosts may have changed. Which addresses the name has is checked at each delivery alone.
 */

export const maxUrlBytes = 2_048;
/** Below it, a port other than HTTPS's own may be that of a service that was never meant for requests of strangers. */
const firstUnprivilegedPort = 1_024;
const defaultPorts: Readonly<Record<string, string>> = { 'https:': '443', 'http:': '80' };

/** Names that no public DNS has. */
const innerNames = /(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|corp|private|home\.arpa)$/;

/**
 * The parsed address, or what is wrong with it: a sentence without a subject, such as `must be ...`.
 * @param allowedHosts hosts that may be inner ones, and plain http: `host` or `host:port`, in lower case
 */
export function parseWebhookUrl(text: string, allowedHosts: readonly string[]): URL | string {
  if (Buffer.byteLength(text) > maxUrlBytes) return `must have at most ${maxUrlBytes} bytes`;
  if (!URL.canParse(text)) return 'must be an absolute URL';
  const url = new URL(text);
  if (!Object.hasOwn(defaultPorts, url.protocol)) return 'must begin with https://';
  if (url.username !== '' || url.password !== '') return 'must have no user name and no password';
  if (isAllowedHost(url, allowedHosts)) return url;
  if (url.protocol !== 'https:') return 'must begin with https://';
  return hostProblem(url.hostname) ?? portProblem(url.port) ?? url;
}

/** What is wrong with a webhook's address, see `parseWebhookUrl`; undefined if nothing. */
export function webhookUrlProblem(text: string, allowedHosts: readonly string[]): string | undefined {
  const parsed = parseWebhookUrl(text, allowedHosts);
  return typeof parsed === 'string' ? parsed : undefined;
}

/** Whether the stage allows this host (and port), wherever it is. */
export function isAllowedHost(
  { protocol, hostname, port }: Pick<URL, 'protocol' | 'hostname' | 'port'>,
  allowedHosts: readonly string[],
): boolean {
  const withPort = `${hostname}:${port || defaultPorts[protocol]}`;
  return allowedHosts.some((allowed) => [hostname, withPort].includes(allowed));
}

/** The hosts of a comma list. */
export const allowedHostsIn = (list: string): readonly string[] =>
  list
    .split(',')
    .map((host) => host.trim().toLowerCase())
    .filter((host) => host !== '');

/** `URL` has written every form of an IPv4 address (decimal, octal, hexadecimal, short) as four numbers. */
const isAddress = (hostname: string): boolean => hostname.startsWith('[') || /^\d+(\.\d+){3}$/.test(hostname);

function hostProblem(hostname: string): string | undefined {
  if (isAddress(hostname)) return 'must have a name as its host, not an IP address';
  if (hostname.endsWith('.')) return 'must have a host that does not end in a dot';
  if (!hostname.includes('.') || innerNames.test(hostname)) return 'must have a public host';
  return undefined;
}

const portProblem = (port: string): string | undefined =>
  port === '' || Number(port) >= firstUnprivilegedPort
    ? undefined
    : `must have the port 443, or one from ${firstUnprivilegedPort} on`;
