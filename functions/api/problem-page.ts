import { NotFoundError } from '../../shared/domain/base/errors.ts';
import type { HttpResponse } from '../../shared/http/wire/http-types.ts';
import { type ProblemName, problemTypes } from '../../shared/http/wire/problem-types.ts';

interface Explanation {
  readonly when: string;
  readonly whatToDo: string;
}

/** What a person reads who follows the `type` of a problem document. */
export const explanations: Readonly<Record<ProblemName, Explanation>> = {
  'invalid-request': {
    when: 'The body, the query or a header is not valid, or names something that does not exist.',
    whatToDo:
      'Look at `errors`: it names everything that is wrong, each with a JSON pointer into the body, or the name of the parameter or header. Correct the request, then send it again.',
  },
  unauthenticated: {
    when: 'The request has no credential, or one that is not valid. The answer is the same whatever is wrong with it.',
    whatToDo:
      'Send `Authorization: Bearer <key>`, or what the stage asks for instead. Ask its operator for a key.',
  },
  forbidden: {
    when: 'The credential lacks the right that `detail` names.',
    whatToDo: 'Use a credential that has it, or ask the operator of the stage for the right.',
  },
  'tenant-suspended': {
    when: 'The operator has suspended the tenant. It can look at its jobs, and cancel or erase them, but not submit, retry or upload.',
    whatToDo: 'Ask the operator of the stage. What was refused can be sent again as it is.',
  },
  'job-not-found': {
    when: 'There is no job of this id: it was never submitted, was erased, has expired, or belongs to somebody else.',
    whatToDo: 'Check the id. A finished job is kept for a number of days that the stage sets.',
  },
  'object-not-found': {
    when: 'There is no object of this name: it was never uploaded, has expired, or belongs to somebody else.',
    whatToDo:
      'Use the name that `POST /uploads` has answered with, as it is. An upload is kept for a number of days that the stage sets.',
  },
  'no-result': {
    when: 'The job has no result: it has not finished yet, or it has failed or was canceled.',
    whatToDo: 'Look at the job itself. While it is not finished, ask again later, or use `/wait`.',
  },
  'not-found': {
    when: 'The API has nothing at this address.',
    whatToDo: 'Check the path. `/openapi.json` has all of them.',
  },
  'method-not-allowed': {
    when: 'There is something at this address, but not for this method.',
    whatToDo: 'Use one of the methods that the header `Allow` names.',
  },
  conflict: {
    when: 'The state of the job does not allow the call: such as to cancel a job that has ended, or to retry one that has not.',
    whatToDo: 'Look at the job. If another call has changed it already, there may be nothing left to do.',
  },
  'job-type-not-set-up': {
    when: 'The stage lacks parameters without which no job of this type can run. `detail` names them.',
    whatToDo:
      'Ask the operator of the stage to set them and to deploy it again. The page of the job type in docs says what they are.',
  },
  'too-large': {
    when: 'The request has more bytes than are allowed: 256 KB for a job, 4.5 MB for a batch.',
    whatToDo: 'Send less: upload large data with POST /uploads, and name it in the payload.',
  },
  'unsupported-media-type': {
    when: 'The body is of a type that the API does not read.',
    whatToDo: 'Send JSON, with the header `Content-Type: application/json`.',
  },
  'key-reused': {
    when: 'The idempotency key came before, with another request. That one stands, and this one was not accepted.',
    whatToDo: 'Use a new key for each new request, and the same key only to repeat one.',
  },
  'limit-exceeded': {
    when: 'The tenant has used up a limit for now. `limit` names the limit, and how much it is. Nothing was accepted.',
    whatToDo:
      'Send the same again after the seconds that `Retry-After` names. In a batch, send the refused jobs again: `retryAfterSeconds` of each says when. The operator of the stage can set another limit.',
  },
  'ordered-queue-full': {
    when: 'The queue of the tenant for jobs of groups is long, by its own jobs or those of other tenants. Nothing was accepted.',
    whatToDo:
      'Send the same again later: `Retry-After` says when. Jobs without a group are accepted. Tell the operator of the stage, who sees which jobs fill the queue.',
  },
  'internal-error': {
    when: 'Something unexpected happened. It was logged.',
    whatToDo: 'Try again later. Tell the operator of the stage the time and the path.',
  },
  'submissions-paused': {
    when: 'The operator refuses submissions while the type, the tenant, the queue or the stage is paused. `pause` says which, and until when. Nothing was accepted. A submission that was accepted before is answered as ever.',
    whatToDo:
      'Send the same again after the seconds that `Retry-After` names, at most five minutes: the pause may end before its time.',
  },
  unavailable: {
    when: 'The queue or the table cannot be reached, or the stage is just being updated. A submission may have been accepted all the same.',
    whatToDo:
      'Try again after the seconds that `Retry-After` names. With the same idempotency key, that is safe.',
  },
};

const isProblem = (name: string): name is ProblemName => Object.hasOwn(problemTypes, name);

/** Answers `GET /problems/{name}`. @throws NotFoundError */
export function problemPage(name: string): HttpResponse {
  if (!isProblem(name)) throw new NotFoundError('There is no problem of this name.');
  const { status, title } = problemTypes[name];
  const { when, whatToDo } = explanations[name];
  return {
    statusCode: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'",
      'cache-control': 'public, max-age=300',
    },
    body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${title}</title>
<h1>${title}</h1>
<p>Problem <code>${name}</code>, HTTP status ${status}.</p>
<h2>When</h2>
<p>${withCode(when)}</p>
<h2>What to do</h2>
<p>${withCode(whatToDo)}</p>
`,
  };
}

/** The texts are ours, and have nothing to escape but what stands between back quotes. */
const withCode = (text: string): string =>
  text.replace(/`([^`]+)`/g, (_, code: string) => `<code>${code.replaceAll('<', '&lt;')}</code>`);
