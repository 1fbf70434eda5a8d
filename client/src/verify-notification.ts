import { NotificationError } from './errors.ts';

/** What a webhook says of a job that has ended. */
export interface NotificationEvent {
  /** The same at each attempt: ignore what you know. */
  readonly id: string;
  readonly type: 'job.succeeded' | 'job.failed' | 'job.canceled';
  /** When the job ended. */
  readonly timestamp: string;
  readonly data: {
    readonly id: string;
    readonly type: string;
    readonly run: number;
    readonly status: 'succeeded' | 'failed' | 'canceled';
    readonly createdAt: string;
    readonly finishedAt: string;
    readonly tags?: readonly string[] | undefined;
    readonly error?: { readonly name: string; readonly message: string } | undefined;
  };
}

/** As `fetch` has them, or Node.js. */
export type NotificationHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/** Standard Webhooks: what is older, or from the future, may be a repetition. */
const toleranceSeconds = 5 * 60;

/**
 * Whether a webhook comes from the stage (https://www.standardwebhooks.com).
 * @param body as it was received, byte by byte: a parsed and printed one has another signature
 * @param secret of the tenant, `whsec_...`; several while one is being replaced
 * @returns what it says
 * @throws NotificationError
 */
export async function verifyNotification(
  headers: NotificationHeaders,
  body: string | Uint8Array,
  secret: string | readonly string[],
): Promise<NotificationEvent> {
  const [id, timestamp, signatures = ''] = ['id', 'timestamp', 'signature'].map((name) =>
    headerOf(headers, `webhook-${name}`),
  );
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) <= toleranceSeconds))
    throw new NotificationError('The webhook has no time, or is too old.');
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${text}`);
  for (const each of [secret].flat())
    if (await isSigned(signed, signatures, each)) return { ...JSON.parse(text), id };
  throw new NotificationError('No signature of the webhook is valid.');
}

const headerOf = (headers: NotificationHeaders, name: string): string =>
  String(
    (headers instanceof Headers
      ? headers.get(name)
      : Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1]) ?? '',
  );

/** @param signatures such as `v1,abc v1,def`. `verify` compares in constant time */
async function isSigned(
  signed: Uint8Array<ArrayBuffer>,
  signatures: string,
  secret: string,
): Promise<boolean> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const bytes = bytesOf(secret.replace(/^whsec_/, ''));
  if (!bytes?.length) throw new NotificationError('The secret is not valid: it is whsec_ and base64.');
  const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['verify']);
  for (const each of signatures.split(' ')) {
    const signature = each.startsWith('v1,') ? bytesOf(each.slice(3)) : undefined;
    if (signature && (await crypto.subtle.verify('HMAC', key, signature, signed))) return true;
  }
  return false;
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
