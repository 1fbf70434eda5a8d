import { expect, test } from '@jest/globals';
import { answerRoute } from '../../../../shared/http/http-function.ts';
import { MethodNotAllowedError, NotFoundError } from '../../../../shared/job/errors.ts';
import { anAccess } from '../../../fakes/access.ts';
import { recordedLog } from '../../../fakes/recorded-log.ts';
import { aRequest } from '../../../fakes/samples.ts';

test.each([
  [404, new NotFoundError('There is nothing at this address.')],
  [405, new MethodNotAllowedError(['POST'])],
])(
  'an address that the API does not have is answered with %d, whatever is in the query',
  async (status, error) => {
    const handlers = {
      $default: async () => {
        throw error;
      },
    };
    const request = aRequest({ rawPath: '/nothing', rawQueryString: 'a=1&b=2' });
    const answer = await answerRoute('$default', request, {
      handlers: handlers as never,
      access: anAccess().deps,
      log: recordedLog(),
    });
    expect(answer.statusCode).toBe(status);
  },
);
