import * as z from 'zod/mini';
import { sha256 } from '../base/sha256.ts';
import { endpointTryVersion, readableCurrentVersion, readableVersion } from '../base/version.ts';
import { type NotificationMessage, notificationMessage } from './notification.ts';

/**
 * Where webhooks of a tenant go. What is true of one URL of an origin is true of all: its host answers, or it does not.
 */
const endpoint = z.object({ tenant: z.string().check(z.minLength(1)), origin: z.string() });
export type Endpoint = z.infer<typeof endpoint>;

/** @returns undefined for what goes to no endpoint: an event, a mail, and what is no URL */
export function endpointOf({
  tenant,
  target,
}: Pick<NotificationMessage, 'tenant' | 'target'>): Endpoint | undefined {
  if (!('url' in target) || !URL.canParse(target.url)) return undefined;
  return { tenant, origin: new URL(target.url).origin };
}

/** An endpoint as a key of the table. A tenant may be any text, and DynamoDB limits a key. */
export const endpointIdOf = ({ tenant, origin }: Endpoint): string =>
  sha256(JSON.stringify([tenant, origin])).slice(0, 32);

/** The index of the breakers that are not closed has so many parts. Each write of such a breaker moves it there. */
export const lookParts = 4;
export const lookPartOf = (endpoint: Endpoint): string =>
  String((endpointIdOf(endpoint).codePointAt(0) ?? 0) % lookParts);

/**
 * A partition takes 1,000 writes a second. So many parts take the notifications of an endpoint that a large tenant
 * parks.
 */
export const parkingShards = 16;

const epochMilliseconds = z.int();

/** A notification that waits for its endpoint to answer again. */
export const parkedNotification = z.object({
  version: readableCurrentVersion,
  /** The same for every copy of the message, and in the order in which the jobs ended. */
  id: z.string(),
  message: notificationMessage,
  /** 72 hours after its first attempt, or after it was parked without one. */
  giveUpAt: epochMilliseconds,
});
export type ParkedNotification = z.infer<typeof parkedNotification>;

/** What is parked is given up before. This is for what a bug or a rollback has left. */
const keepParkedSeconds = 14 * 24 * 3_600;
/** Epoch seconds. */
export const parkedExpiresAt = ({ giveUpAt }: Pick<ParkedNotification, 'giveUpAt'>): number =>
  Math.ceil(giveUpAt / 1000) + keepParkedSeconds;

/**
 * How long there are attempts. A parked notification is given up then; one with attempts of its own, after the last of
 * them.
 */
export const maxTryingMs = 72 * 3_600_000;

/** It ends with hexadecimal digits, by which its shard is chosen. */
export function parkedIdOf(message: NotificationMessage): string {
  const { jobId, run, status, finishedAt, position, attempts } = message;
  // The attempts are a part of it: a late removal must not remove the same notification when it is parked again.
  const end = sha256(JSON.stringify([jobId, run, status, finishedAt, position, attempts]), 'hex');
  return `${timeOf(finishedAt)}/${jobId}-${run}-${end.slice(0, 16)}`;
}

const timeOf = (at: number): string => String(at).padStart(13, '0');

/**
 * The id of a parked notification that is to come after all that were parked before a time. Its shard stays the same.
 */
export const laterIdOf = (id: string, at: number): string => `${timeOf(at)}${id.slice(id.indexOf('/'))}`;

/**
 * The message by which an endpoint is tried again. There is one at a time for an endpoint, and each sends the next one.
 */
export const endpointTry = z.object({
  version: readableVersion(endpointTryVersion, endpointTryVersion),
  tryEndpoint: endpoint,
  /** Which of the tries of the endpoint it is. One that is behind that of the breaker is outdated. */
  pass: z.int(),
  dueAt: epochMilliseconds,
});
export type EndpointTry = z.infer<typeof endpointTry>;
