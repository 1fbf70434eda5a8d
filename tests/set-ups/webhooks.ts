import { connect, type Socket } from 'node:net';
import { systemClock } from '../../shared/aws/clients/clients.ts';
import { allowedHostsIn } from '../../shared/domain/notify/webhook-url.ts';
import type { Network, Route } from '../../shared/notify/network.ts';
import { sendWebhook, type WebhookDependencies } from '../../shared/notify/send-webhook.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { aNotification, hook } from './notify.ts';

export const aSecret = `whsec_${Buffer.alloc(32, 'a secret').toString('base64')}`;
export const anotherSecret = `whsec_${Buffer.alloc(32, 'another').toString('base64')}`;

/** What sends webhooks, and would reach nobody. */
export const webhookDeps = (over: Partial<WebhookDependencies> = {}): WebhookDependencies => ({
  secretsOf: async () => [aSecret],
  allowedHosts: [],
  network: new RecordedNetwork({}),
  limits: { timeoutMs: 5_000, maxAnswerBytes: 64 * 1024 },
  // Receivers take real time.
  clock: { now: () => t0, sleep: systemClock.sleep },
  ...over,
});

/** Sends a webhook to an address. */
export const send = (address: string = hook, over: Partial<WebhookDependencies> = {}) =>
  sendWebhook(aNotification({ target: { url: address } }), address, webhookDeps(over));

/** A network that knows these names, and records where it was told to connect to. Every connection is refused. */
export class RecordedNetwork implements Network {
  /** The addresses of a name at each look-up; the last ones stay. */
  readonly #names: Readonly<Record<string, readonly (readonly string[])[]>>;
  readonly lookups: string[] = [];
  readonly routes: Route[] = [];

  constructor(names: Readonly<Record<string, readonly (readonly string[])[]>>) {
    this.#names = names;
  }

  async lookup(hostname: string): Promise<readonly string[]> {
    this.lookups.push(hostname);
    const answers = this.#names[hostname] ?? [];
    const asked = this.lookups.filter((each) => each === hostname).length;
    const found = answers[Math.min(asked, answers.length) - 1];
    if (!found) throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' });
    return found;
  }

  connect(route: Route): Socket {
    this.routes.push(route);
    return connect({ host: '127.0.0.1', port: 1 });
  }
}

export const hostsOf = allowedHostsIn;
