import { describe, expect, test } from '@jest/globals';
import { errorPage } from '../../../../functions/pages/error-page.ts';
import {
  ConflictError,
  ForbiddenError,
  InvalidRequestError,
  JobNotFoundError,
  NotFoundError,
  UnauthenticatedError,
} from '../../../../shared/job/errors.ts';
import { recordedLog } from '../../../../testkit/fakes/recorded-log.ts';
import { aRequest, jobId } from '../../../set-ups/samples.ts';

const show = (error: Error, over: Parameters<typeof aRequest>[0] = {}, canSignIn = true) => {
  const log = recordedLog();
  return { ...errorPage(error, aRequest({ rawPath: '/ui', ...over }), { log, canSignIn }), log };
};

describe('what people see in place of a problem document', () => {
  test('is a page with the status, the policy of all pages, and texts that stay texts', () => {
    const violations = [{ pointer: '<status>', detail: '<b>' }];
    const { statusCode, headers, body } = show(new InvalidRequestError('<script>', violations));
    expect(statusCode).toBe(400);
    expect(headers).toMatchObject({ 'content-security-policy': expect.any(String) });
    expect(body).toContain('<bdi>&lt;script&gt;</bdi>');
    expect(body).toContain('<code>&lt;status&gt;</code> <bdi>&lt;b&gt;</bdi>');
  });

  test('who is not signed in is asked to, and then gets the page, without the grant', () => {
    const over = { rawPath: `/ui/jobs/${jobId}`, rawQueryString: 'grant=secret&x=1' };
    const { statusCode, headers } = show(new UnauthenticatedError('no'), over);
    expect(statusCode).toBe(303);
    expect(headers?.location).toBe(`/ui/sign-in?next=${encodeURIComponent(`/ui/jobs/${jobId}?x=1`)}`);
  });

  test('after a form the list is shown: it cannot be sent again', () => {
    const over = { method: 'POST', rawPath: `/ui/jobs/${jobId}/cancel` };
    const { headers } = show(new UnauthenticatedError('no'), over);
    expect(headers?.location).toBe('/ui/sign-in?next=%2Fui');
  });

  test('after a button on the page of a job, it leads back there', () => {
    const over = { method: 'POST', rawPath: `/ui/jobs/${jobId}/cancel` };
    const { statusCode, body } = show(new ConflictError('The job has ended.'), over);
    expect(statusCode).toBe(409);
    expect(body).toContain(`<a href="/ui/jobs/${jobId}">The job</a>`);
  });

  test('after a button of a schedule, it leads back to the schedules', () => {
    const over = { method: 'POST', rawPath: '/ui/schedules/none/run' };
    const { body } = show(new NotFoundError('There is no schedule of this name.'), over);
    expect(body).toContain('<a href="/ui/schedules">The schedules</a>');
  });

  test('a job that is not there may be one that another key shows', () => {
    const over = { rawPath: `/ui/jobs/${jobId}` };
    expect(show(new JobNotFoundError('none'), over).body).toContain('>Sign in</a>');
    const cookies = ['__Host-session=x'];
    expect(show(new JobNotFoundError('none'), { ...over, cookies }).body).not.toContain('Sign in');
    expect(show(new JobNotFoundError('none'), over, false).body).not.toContain('Sign in');
  });

  test('where a right is missing, another key may have it', () => {
    expect(show(new ForbiddenError('no')).body).toContain('Sign in with another key');
    expect(show(new ForbiddenError('no'), {}, false).body).not.toContain('Sign in');
  });

  test('what failed inside is for the log', () => {
    const { statusCode, body, log } = show(new TypeError('a secret of the inside'));
    expect(statusCode).toBe(500);
    expect(body).not.toContain('secret');
    expect(JSON.stringify(log.lines)).toContain('request failed');
  });
});
