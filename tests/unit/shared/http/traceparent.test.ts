import { expect, test } from '@jest/globals';
import { traceparentIn } from '../../../../shared/http/traceparent.ts';
import { aRequest } from '../../../set-ups/samples.ts';

const trace = '0af7651916cd43dd8448eb211c80319c';
const parent = 'b7ad6b7169203331';
const valid = `00-${trace}-${parent}-01`;

const found = (traceparent?: string) =>
  traceparentIn(aRequest({ headers: traceparent === undefined ? {} : { traceparent } }));

test.each([
  ['a valid header', valid, valid],
  ['a trace that is not sampled', `00-${trace}-${parent}-00`, `00-${trace}-${parent}-00`],
  ['a header with spaces around it', ` ${valid}\t`, valid],
  ['the known fields of a later version', `cc-${trace}-${parent}-01-what-comes`, `cc-${trace}-${parent}-01`],
])('the trace of a request is read from %s', (_what, header, expected) => {
  expect(found(header)).toBe(expected);
});

test.each([
  ['there is no header', undefined],
  ['it is empty', ''],
  ['its version is ff', `ff-${trace}-${parent}-01`],
  ['its trace id is zero', `00-${'0'.repeat(32)}-${parent}-01`],
  ['its parent id is zero', `00-${trace}-${'0'.repeat(16)}-01`],
  ['it has capital letters', valid.toUpperCase()],
  ['its trace id is short', `00-${trace.slice(1)}-${parent}-01`],
  ['its flags are missing', `00-${trace}-${parent}`],
  ['something follows that is no field', `${valid}x`],
  ['something comes before', `x${valid}`],
  ['it is a list', `${valid},${valid}`],
  ['it has a line break', `00-${trace}\n-${parent}-01`],
])('a request is part of no trace if %s', (_what, header) => {
  expect(found(header)).toBeUndefined();
});
