import { describe, expect, test } from '@jest/globals';
import { contracts } from '../../../../job-types/contracts.ts';
import { maxBodyBytes } from '../../../../shared/http/parse-json-body.ts';
import { parseSubmission } from '../../../../shared/http/parse-submission.ts';
import {
  InvalidRequestError,
  PayloadTooLargeError,
  UnsupportedMediaTypeError,
} from '../../../../shared/job/errors.ts';
import { aRequest } from '../../../set-ups/samples.ts';

const body = JSON.stringify({ type: 'countdown', payload: { seconds: 1 } });

const parse = (text: string, { contentType = 'application/json', isBase64Encoded = false } = {}) =>
  parseSubmission(
    aRequest({
      headers: { 'content-type': contentType },
      body: isBase64Encoded ? Buffer.from(text).toString('base64') : text,
      isBase64Encoded,
    }),
    { tenant: 'a tenant', contracts },
  );

describe('parseSubmission', () => {
  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'APPLICATION/JSON',
    ' application/json ',
  ])('accepts the content type "%s"', (contentType) => {
    expect(parse(body, { contentType }).type).toBe('countdown');
  });

  test.each([
    '',
    'text/plain',
    'application/jsonp',
    'application/problem+json',
    'text/json',
    'json',
    ';application/json',
  ])('rejects the content type "%s"', (contentType) => {
    expect(() => parse(body, { contentType })).toThrow(UnsupportedMediaTypeError);
  });

  test('rejects a request without a content type', () => {
    expect(() => parseSubmission(aRequest({ headers: {}, body }), { tenant: 'a tenant', contracts })).toThrow(
      UnsupportedMediaTypeError,
    );
  });

  /** A body of `bytes` bytes. Its characters have two bytes each, so that it has fewer characters than bytes. */
  const bodyOf = (bytes: number): string => {
    const frame = JSON.stringify({ type: 'csv-aggregate', payload: '' }).length;
    const room = bytes - frame;
    return JSON.stringify({ type: 'csv-aggregate', payload: 'é'.repeat(room / 2) + 'e'.repeat(room % 2) });
  };

  test.each([false, true])('limits the body to 256 KB, counted in bytes (base64: %s)', (isBase64Encoded) => {
    expect(Buffer.byteLength(bodyOf(maxBodyBytes))).toBe(256 * 1024);
    expect(() => parse(bodyOf(maxBodyBytes), { isBase64Encoded })).toThrow(InvalidRequestError);
    const tooLarge = () => parse(bodyOf(maxBodyBytes + 1), { isBase64Encoded });
    expect(tooLarge).toThrow(PayloadTooLargeError);
    expect(tooLarge).toThrow('262144 bytes; it has 262145');
  });

  test('checks the size of the body before it parses the body', () => {
    expect(() => parse('{'.repeat(maxBodyBytes + 1))).toThrow(PayloadTooLargeError);
  });
});

test('parseSubmission reads a body in base64 like one in plain text', () => {
  expect(parse(body, { isBase64Encoded: true })).toEqual(parse(body));
});

test('parseSubmission rejects a body that is nested 100,000 levels deep and does not crash', () => {
  const depth = 100_000;
  const nested = `{"type":"csv-aggregate","payload":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  expect(() => parse(nested)).toThrow(InvalidRequestError);
});
