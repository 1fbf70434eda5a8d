import * as z from 'zod/mini';
import { type JsonRequest, type JsonServer, startJsonServer } from '../../../tests/stand-ins/json-server.ts';
import { type MediaConvert, MediaConvertError, type NewMediaConvertJob } from './media-convert.ts';

const jobs = '/2017-08-29/jobs';

/** What the API reference requires of a request that creates a job. */
const newJob = z.object({
  queue: z.string(),
  role: z.string().check(z.startsWith('arn:')),
  clientRequestToken: z.optional(z.string().check(z.maxLength(64))),
  userMetadata: z.optional(z.record(z.string(), z.string())),
  settings: z.object({
    inputs: z.array(z.object({ fileInput: z.string().check(z.startsWith('s3://')) })),
    outputGroups: z.array(
      z.object({
        outputGroupSettings: z.object({
          type: z.literal('FILE_GROUP_SETTINGS'),
          fileGroupSettings: z.object({ destination: z.string().check(z.startsWith('s3://')) }),
        }),
        outputs: z.array(
          z.object({
            preset: z.string(),
            nameModifier: z.string().check(z.minLength(1)),
            extension: z.string(),
          }),
        ),
      }),
    ),
  }),
});

/** MediaConvert over HTTP: REST-JSON, as its clients speak it. */
export const startMediaConvert = (model: MediaConvert): Promise<JsonServer> =>
  startJsonServer((request) => {
    try {
      return { status: request.method === 'POST' ? 201 : 200, body: answerOf(request, model) };
    } catch (error) {
      if (!(error instanceof MediaConvertError)) throw error;
      const { name, status, message } = error;
      return { status, headers: { 'x-amzn-errortype': name }, body: { message } };
    }
  });

function answerOf(request: JsonRequest, model: MediaConvert): unknown {
  const { method, path, authorization, body } = request;
  if (!/Credential=[^,]*\/mediaconvert\/aws4_request/.test(authorization))
    throw new MediaConvertError('ForbiddenException', 403, 'the request is not signed for MediaConvert');
  const [, id = ''] = new RegExp(`^${jobs}/([^/]+)$`).exec(path) ?? [];
  const route = `${method} ${id === '' ? path : 'job'}`;
  switch (route) {
    case `POST ${jobs}`:
      return { job: model.create(read(body)) };
    case `GET ${jobs}`:
      return listed(request, model);
    case 'GET job':
      return { job: model.get(id) };
    case 'DELETE job':
      model.cancel(id);
      return {};
    default:
      throw new MediaConvertError('BadRequestException', 400, `there is no ${method} ${path}`);
  }
}

function read(body: unknown): NewMediaConvertJob {
  const parsed = newJob.safeParse(body);
  if (!parsed.success) throw new MediaConvertError('BadRequestException', 400, z.prettifyError(parsed.error));
  return parsed.data;
}

function listed({ query }: JsonRequest, model: MediaConvert): unknown {
  const { jobs: page, next } = model.list({
    ...(query.has('queue') ? { queue: query.get('queue') ?? '' } : {}),
    descending: query.get('order') === 'DESCENDING',
    ...(query.has('maxResults') ? { max: Number(query.get('maxResults')) } : {}),
    ...(query.has('nextToken') ? { from: Number(query.get('nextToken')) } : {}),
  });
  return { jobs: page, ...(next === undefined ? {} : { nextToken: String(next) }) };
}
