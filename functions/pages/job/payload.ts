import { type Contracts, contractOf } from '../../../shared/author/contract.ts';
import { mask } from '../../../shared/author/secret-fields.ts';
import type { Right } from '../../../shared/domain/access/access-entry.ts';
import type { ObjectStore } from '../../../shared/domain/objects/object-ports.ts';
import type { JobItem } from '../../../shared/domain/state/job/item.ts';
import type { JobMessage } from '../../../shared/domain/state/job/message.ts';
import { orMissing, readStoredCopy } from '../../../shared/domain/state/stored-copies.ts';
import type { Caller } from '../../../shared/http/access/caller.ts';
import type { HttpRequest } from '../../../shared/http/wire/http-types.ts';
import { findInput } from '../../../shared/operations/find/find-input.ts';
import { type Html, html } from '../html/html.ts';
import { shortValue } from './result-section.ts';

interface PayloadDependencies {
  readonly objects: Pick<ObjectStore, 'read'>;
  readonly contracts: Contracts;
}

/** What a person may see of a payload. That of a type that is gone may have secret fields: nothing is shown. */
function maskedPayload({ type, payload }: JobMessage, contracts: Contracts): unknown {
  const contract = contractOf(contracts, type);
  return contract && mask(contract.payload, payload);
}

/** What a job was given, without secret fields. @returns undefined if it is not kept */
export async function keptPayload(
  { message }: JobItem,
  { objects, contracts }: PayloadDependencies,
): Promise<unknown> {
  if (message === undefined) return undefined;
  const read = await readStoredCopy(message, objects).catch(orMissing);
  // The page has the rest of the job, whatever became of the object.
  return read instanceof Error ? undefined : maskedPayload(read, contracts);
}

interface PayloadView {
  readonly job: { readonly id: string; readonly type: string };
  readonly payload: unknown;
  readonly rights: readonly Right[];
  /** Whether somebody may submit jobs of its type. */
  readonly isOpenType: boolean;
}

/** What the page of a job says about its payload. */
export function payloadSection({ job, payload, rights, isOpenType }: PayloadView): Html | false {
  if (payload === undefined) return false;
  const form = `/ui/job-types/${encodeURIComponent(job.type)}?from=${job.id}`;
  return html`<section aria-labelledby="payload"><h2 id="payload">What it was given</h2>
${shortValue(payload, Buffer.byteLength(JSON.stringify(payload)))}
${rights.includes('submit') && isOpenType && html`<p><a href="${form}">New job with this payload</a></p>`}
</section>`;
}

/**
 * A form's values for a job like another one. Secret fields have to be written anew.
 * @throws ConflictError if that job's payload is not kept; JobNotFoundError
 */
export async function valuesFrom(
  { queryStringParameters }: HttpRequest,
  { rights, tenant }: Caller,
  deps: PayloadDependencies & Parameters<typeof findInput>[1],
): Promise<URLSearchParams | undefined> {
  const id = queryStringParameters?.from;
  if (id === undefined || !rights.includes('read')) return undefined;
  const { message } = await findInput({ id, tenant }, deps);
  return new URLSearchParams({ json: JSON.stringify(maskedPayload(message, deps.contracts), null, 2) });
}
