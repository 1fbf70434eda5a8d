import * as z from 'zod/mini';
import { type JsonRequest, type JsonServer, startJsonServer } from '../../../tests/stand-ins/json-server.ts';
import { EmrError, type EmrServerless, type NewEmrJobRun } from './emr-serverless.ts';

const argument = z.string().check(z.minLength(1), z.maxLength(10_280));

/** What the API reference requires of a request that starts a job run. */
const newRun = z.object({
  clientToken: z.string().check(z.regex(/^[A-Za-z0-9._-]{1,64}$/)),
  executionRoleArn: z.string().check(z.regex(/^arn:aws:iam::\d{12}:role\/\S+$/)),
  name: z.string().check(z.minLength(1), z.maxLength(256)),
  jobDriver: z.object({
    sparkSubmit: z.object({
      entryPoint: z.string().check(z.startsWith('s3://'), z.maxLength(256)),
      entryPointArguments: z.array(argument),
      sparkSubmitParameters: z.string().check(z.maxLength(102_400)),
    }),
  }),
});

/** EMR Serverless over HTTP: REST-JSON, as its clients speak it. */
export const startEmrServerless = (model: EmrServerless): Promise<JsonServer> =>
  startJsonServer((request) => {
    try {
      return { status: 200, body: answerOf(request, model) };
    } catch (error) {
      if (!(error instanceof EmrError)) throw error;
      const { name, status, message } = error;
      return { status, headers: { 'x-amzn-errortype': name }, body: { message } };
    }
  });

function answerOf(request: JsonRequest, model: EmrServerless): unknown {
  const { method, path, authorization, body } = request;
  if (!/Credential=[^,]*\/emr-serverless\/aws4_request/.test(authorization))
    throw new EmrError('AccessDeniedException', 403, 'the request is not signed for EMR Serverless');
  const runs = `/applications/${model.application}/jobruns`;
  const id = path.startsWith(`${runs}/`) ? path.slice(runs.length + 1) : '';
  const { applicationId } = { applicationId: model.application };
  switch (`${method} ${id === '' ? path : 'run'}`) {
    case `POST ${runs}`: {
      const { jobRunId } = model.start(read(body));
      return { applicationId, jobRunId, arn: `arn:aws:emr-serverless:::${runs}/${jobRunId}` };
    }
    case `GET ${runs}`:
      return listed(request, model);
    case 'GET run':
      return { jobRun: model.get(id) };
    case 'DELETE run':
      model.cancel(id);
      return { applicationId, jobRunId: id };
    default:
      throw new EmrError('ResourceNotFoundException', 404, `there is no ${path}`);
  }
}

function read(body: unknown): NewEmrJobRun {
  const parsed = newRun.safeParse(body);
  if (!parsed.success) throw new EmrError('ValidationException', 400, z.prettifyError(parsed.error));
  return parsed.data;
}

function listed({ query }: JsonRequest, model: EmrServerless): unknown {
  const { jobRuns, next } = model.list(
    Date.parse(query.get('createdAtAfter') ?? '1970-01-01'),
    Number(query.get('nextToken') ?? 0),
  );
  const summaries = jobRuns.map(({ jobRunId, ...run }) => ({ ...run, id: jobRunId }));
  return { jobRuns: summaries, ...(next === undefined ? {} : { nextToken: String(next) }) };
}
