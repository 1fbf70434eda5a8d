import { text } from 'node:stream/consumers';
import { MissingObjectError } from '../../domain/objects/object-errors.ts';
import type { ObjectStore } from '../../domain/objects/object-ports.ts';
import type { NamesGranted } from '../uses/environment.ts';
import type { BucketConfig } from './object-signer.ts';
import {
  errorCodeIn,
  pauseAfter,
  refusal,
  repeated,
  repeatedShortly,
  requireStatus,
  type S3Answer,
  type S3Request,
  s3Requests,
} from './s3-requests.ts';

/** The range begins after the last byte. */
const rangeNotSatisfiable = 416;
/** There is an object of this name. */
const preconditionFailed = 412;

/**
 * S3 says 404 to a role that may list names of this prefix, as each role that may read here does
 * (infra/rights/rights-of-capabilities.ts). A 403 says nothing about the object: a role, a policy, a signature or a clock is wrong,
 * perhaps for a minute.
 */
const isMissing = ({ statusCode }: S3Answer, code: string): boolean =>
  statusCode === 404 && code !== 'NoSuchBucket';

/** By which rights who has the bucket reads, puts and deletes objects. Which names a right is good for, IAM alone checks. */
interface RightsTo {
  readonly reads:
    | 'jobTableWithMessages'
    | 'readInputs'
    | 'readMaps'
    | 'readMessages'
    | 'readResults'
    | 'readUploads'
    | 'saveStates'
    | 'writeResults';
  readonly puts: 'jobTableWithMessages' | 'keepPayloads' | 'saveStates' | 'storeAnswers' | 'writeResults';
  readonly deletes: 'eraseObjects' | 'jobTableWithMessages' | 'saveStates' | 'storeAnswers';
}

/** A part of the port, for who has one of the rights to that part. */
type Face<Name, Rights, Methods extends keyof ObjectStore> = [Extract<Name, Rights>] extends [never]
  ? unknown
  : Pick<ObjectStore, Methods>;

/** What the port has for who was granted these capabilities. */
type Faces<Name> = Face<Name, RightsTo['reads'], 'size' | 'read'> &
  Face<Name, RightsTo['puts'], 'put'> &
  Face<Name, RightsTo['deletes'], 'delete'>;

/** The stage's bucket behind the `ObjectStore` port: what a function may not do, its store does not have. */
export function s3ObjectStore<Env extends BucketConfig>(config: Env): Faces<NamesGranted<Env>>;
export function s3ObjectStore(config: BucketConfig): ObjectStore {
  const send = s3Requests(config);

  async function find(request: S3Request): Promise<S3Answer> {
    const answer = await send(request);
    if ([200, 206, rangeNotSatisfiable].includes(answer.statusCode)) return answer;
    const code = errorCodeIn(await text(answer.body));
    throw isMissing(answer, code)
      ? new MissingObjectError(`there is no object ${request.name}: it was not uploaded, or has expired`)
      : refusal(answer, code);
  }

  return {
    size: (name, signal) =>
      repeated(async () => {
        const answer = await find({ method: 'HEAD', name, signal });
        // The end of a body, though there is none, sets its connection free.
        await text(answer.body);
        return Number(answer.headers['content-length']);
      }, signal),

    async *read(name, { from = 0, signal } = {}) {
      let at = from;
      for (let tries = 1; ; tries += 1) {
        try {
          const headers: Record<string, string> = at === 0 ? {} : { range: `bytes=${at}-` };
          const answer = await find({ method: 'GET', name, headers, signal });
          if (answer.statusCode === rangeNotSatisfiable) return void (await text(answer.body));
          for await (const chunk of answer.body) {
            at += chunk.length;
            tries = 0;
            yield chunk;
          }
          return;
        } catch (thrown) {
          await pauseAfter(thrown, tries, signal);
        }
      }
    },

    put: ({ name, body, contentType }) =>
      repeated(async () => {
        const headers = { 'content-type': contentType, 'if-none-match': '*' };
        await requireStatus(await send({ method: 'PUT', name, headers, body }), [200, preconditionFailed]);
      }),

    delete: (name) =>
      repeatedShortly(async (signal) =>
        requireStatus(await send({ method: 'DELETE', name, signal }), [200, 204, 404]),
      ),
  };
}
