import { describe, expect, test } from '@jest/globals';
import { jobTypeDocuments } from '../../../../../functions/api/documents.ts';
import { signalSchemas } from '../../../../../functions/pages/forms/payload-schemas.ts';
import { type AnswerSchemas, lineOfAnswer } from '../../../../../shared/http/wire/answer-words.ts';

const fromPages: AnswerSchemas = (name) => signalSchemas()[name];
const fromDocuments: AnswerSchemas = (name) => jobTypeDocuments().find(({ type }) => type === name)?.signals;

describe.each([
  ['a page', fromPages],
  ['the API', fromDocuments],
])('an answer that %s has taken', (_door, schemas) => {
  test.each<[string, unknown, string]>([
    ['approve', { isOk: true, note: 'fine' }, 'Yes; note: fine'],
    ['spend', { isOk: false, limit: 17 }, 'Refuse; Up to how many euros?: 17'],
    ['seat', { place: 'window' }, 'At the window'],
    ['seat', { place: 'roof' }, 'Which seat?: roof'],
    ['approve', ['of', 'another', 'shape'], '["of","another","shape"]'],
    ['approve', { isOk: true, note: 'x'.repeat(200) }, `Yes; note: ${'x'.repeat(109)}…`],
  ])('is one line in the words of its form: %s %j', (signal, value, line) => {
    const schema = schemas('booking')?.[signal];
    expect(schema && lineOfAnswer(schema, value)).toBe(line);
  });
});
