import { isTerminal } from '../../shared/domain/state/job/transitions.ts';
import type { SubmitRequest } from '../../shared/http/requests/submit-request.ts';
import { type JobResponse, jobResponse } from '../../shared/http/responses/job-response.ts';
import { eventually } from '../integration/eventually.ts';
import { systems } from './tabs.ts';

type Step = Readonly<Record<string, unknown>> & { readonly do: string };

/** A client of the API, beside the pages. */
export class Client {
  readonly address: string;
  readonly #headers: Record<string, string>;

  constructor(address = systems().open, key?: string) {
    this.address = address;
    this.#headers = {
      'content-type': 'application/json',
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    };
  }

  /** @returns the job's id */
  async submit(request: SubmitRequest): Promise<string> {
    return (await this.#call('/jobs', { method: 'POST', body: JSON.stringify(request) })).id;
  }

  /** A job that does what the steps say. */
  async play(steps: readonly Step[], more: Partial<SubmitRequest> = {}): Promise<string> {
    return this.submit({ ...more, type: 'play', payload: { steps } });
  }

  async get(id: string): Promise<JobResponse> {
    return this.#call(`/jobs/${id}`);
  }

  async cancel(id: string): Promise<void> {
    await this.post(`/jobs/${id}/cancel`);
  }

  async erase(id: string): Promise<void> {
    await this.#send(`/jobs/${id}`, { method: 'DELETE' });
  }

  /** Makes a call that has no body. */
  async post(path: string): Promise<void> {
    await this.#send(path, { method: 'POST' });
  }

  async finished(id: string): Promise<JobResponse> {
    return eventually(async () => {
      const job = await this.get(id);
      return isTerminal(job.status) ? job : undefined;
    }, `job ${id} to finish`);
  }

  async #call(path: string, init: RequestInit = {}): Promise<JobResponse> {
    return jobResponse.parse(JSON.parse(await this.#send(path, init)));
  }

  async #send(path: string, init: RequestInit): Promise<string> {
    const response = await fetch(this.address + path, { ...init, headers: this.#headers });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return text;
  }
}
