import * as z from 'zod/mini';
import { asError } from '../shared/domain/base/errors.ts';
import type { Clock, Log } from '../shared/domain/base/ports.ts';

interface ProtectionDependencies {
  /** `ECS_AGENT_URI`, which only a container of ECS has. Without it nothing is done. */
  readonly agentUri: string | undefined;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * ECS may refuse for some minutes: as long as more tasks are protected than the service is to have
 * (DEPLOYMENT_BLOCKED).
 */
const expiresInMinutes = 60;
const renewAfterMs = 10 * 60_000;
const retryAfterMs = 30_000;
/** The agent itself calls ECS. */
const answerWithinMs = 10_000;

/** A refusal has `failure` or `error` instead. */
const answer = z.object({ protection: z.object({ ProtectionEnabled: z.boolean() }) });

/**
 * Keeps the ECS task of this process protected from scale-ins and deployments as long as jobs run in it. Requests are
 * made one after another, and each says what holds at that moment, so a release cannot overtake a protection. ECS ends
 * the protection of a process that no longer renews it.
 */
export class TaskProtection {
  readonly #deps: ProtectionDependencies;
  #isWanted = false;
  #isActive = false;
  #changed = new AbortController();

  constructor(deps: ProtectionDependencies) {
    this.#deps = deps;
  }

  /** To be called with each change of the number of jobs that run. Never throws. */
  onRunning(running: number): void {
    const isWanted = running > 0;
    if (isWanted === this.#isWanted || this.#deps.agentUri === undefined) return;
    this.#isWanted = isWanted;
    this.#changed.abort();
    this.#changed = new AbortController();
    if (!this.#isActive) void this.#keep(this.#deps.agentUri);
  }

  /** Until nothing is to be protected, and the agent has said that nothing is. */
  async #keep(agentUri: string): Promise<void> {
    this.#isActive = true;
    for (;;) {
      const [isWanted, changed] = [this.#isWanted, this.#changed.signal];
      const isDone = await this.#put(agentUri, isWanted);
      if (changed.aborted) continue;
      if (isDone && !isWanted) break;
      await this.#deps.clock.sleep(isDone ? renewAfterMs : retryAfterMs, changed);
    }
    this.#isActive = false;
  }

  /** @returns whether the agent has done it */
  async #put(agentUri: string, isWanted: boolean): Promise<boolean> {
    const { log } = this.#deps;
    const body = isWanted
      ? { ProtectionEnabled: true, ExpiresInMinutes: expiresInMinutes }
      : { ProtectionEnabled: false };
    try {
      const response = await fetch(`${agentUri}/task-protection/v1/state`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(answerWithinMs),
      });
      const text = await response.text();
      const isDone = response.ok && isProtectionOf(text, isWanted);
      if (!isDone) log.warn('task protection refused', { isWanted, status: response.status, answer: text });
      return isDone;
    } catch (thrown) {
      log.warn('task protection not set', { isWanted, error: asError(thrown) });
      return false;
    }
  }
}

function isProtectionOf(text: string, isWanted: boolean): boolean {
  try {
    const parsed = answer.safeParse(JSON.parse(text));
    return parsed.success && parsed.data.protection.ProtectionEnabled === isWanted;
  } catch {
    return false;
  }
}
