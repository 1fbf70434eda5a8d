import { describe, expect, test } from '@jest/globals';
import { maxBodyBytes, parseSubmission } from '../../../../functions/submit/parse-submission.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import {
  InvalidRequestError,
  PayloadTooLargeError,
  UnsupportedMediaTypeError,
} from '../../../../shared/job/errors.ts';
import { aRequest } from '../../../fakes/samples.ts';

const body = JSON.stringify({ type: 'countdown', payload: { seconds: 1 } });

const parse = (text: string, contentType: string | undefined = 'application/json', isBase64Encoded = false) =>
  parseSubmission(
    aRequest({
      headers: contentType === undefined ? {} : { 'content-type': contentType },
      body: isBase64Encoded ? Buffer.from(text).toString('base64') : text,
      isBase64Encoded,
    }),
    contracts,
  );

describe('the content type', () => {
  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'APPLICATION/JSON',
    ' application/json ',
  ])('"%s" is taken', (contentType) => {
    expect(parse(body, contentType).type).toBe('countdown');
  });

  test.each([
    '',
    'text/plain',
    'application/jsonp',
    'application/problem+json',
    'text/json',
    'json',
    ';application/json',
  ])('"%s" is not taken', (contentType) => {
    expect(() => parse(body, contentType)).toThrow(UnsupportedMediaTypeError);
  });

  test('has to be told', () => {
    expect(() => parseSubmission(aRequest({ headers: {}, body }), contracts)).toThrow(
      UnsupportedMediaTypeError,
    );
  });
});

describe('the size of the body', () => {
  /** A body of so many bytes, of characters of two. */
  const bodyOf = (bytes: number): string => {
    const frame = JSON.stringify({ type: 'csv-aggregate', payload: '' }).length;
    const room = bytes - frame;
    return JSON.stringify({ type: 'csv-aggregate', payload: 'é'.repeat(room / 2) + 'e'.repeat(room % 2) });
  };

  test.each([false, true])('is limited in bytes (base64: %s)', (base64) => {
    expect(Buffer.byteLength(bodyOf(maxBodyBytes))).toBe(256 * 1024);
    expect(() => parse(bodyOf(maxBodyBytes), undefined, base64)).toThrow(InvalidRequestError);
    const tooLarge = () => parse(bodyOf(maxBodyBytes + 1), undefined, base64);
    expect(tooLarge).toThrow(PayloadTooLargeError);
    expect(tooLarge).toThrow('262144 bytes; it has 262145');
  });

  test('is looked at before the body is', () => {
    expect(() => parse('{'.repeat(maxBodyBytes + 1))).toThrow(PayloadTooLargeError);
  });
});

test('a body in base64 is read like any other', () => {
  expect(parse(body, undefined, true)).toEqual(parse(body));
});

test('a body nested as deeply as its size allows is refused, not a crash', () => {
  const depth = 100_000;
  const nested = `{"type":"csv-aggregate","payload":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  expect(() => parse(nested)).toThrow(InvalidRequestError);
});
