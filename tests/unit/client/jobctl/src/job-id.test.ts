import { expect, test } from '@jest/globals';
import { parseJobId } from '../../../../../client/jobctl/src/job-id.ts';

const url = 'https://jobs.example.com/prod';
const id = '8727fcca-6715-88cd-be4f-02627a10fc09';

test('a job is its id, its status URL or the address of its page', () => {
  expect(parseJobId(id, { url })).toBe(id);
  expect(parseJobId(id.toUpperCase(), { url })).toBe(id);
  expect(parseJobId(`${url}/jobs/${id}`, { url })).toBe(id);
  expect(parseJobId(`${url}/ui/jobs/${id}?grant=20000.abc#top`, { url })).toBe(id);
});

test('this machine has several names', () => {
  const page = `http://localhost:4321/ui/jobs/${id}?grant=20000.abc`;
  expect(parseJobId(page, { url: 'http://127.0.0.1:4321' })).toBe(id);
  expect(parseJobId(page, { url: 'http://[::1]:4321' })).toBe(id);
  for (const other of ['http://127.0.0.1:3000', 'https://127.0.0.1:4321', 'http://10.0.0.7:4321'])
    expect(() => parseJobId(page, { url: other })).toThrow('is neither');
});

test('the grant in the address of a page is not shown', () => {
  const parse = () => parseJobId(`https://elsewhere.example.com/ui/jobs/${id}?grant=20000.abc`, { url });
  expect(parse).toThrow(`"https://elsewhere.example.com/ui/jobs/${id}" is neither`);
  expect(parse).not.toThrow(/grant/);
});

test.each([
  '',
  'x',
  `${id}0`,
  `../${id}`,
  `https://elsewhere.example.com/jobs/${id}`,
  `${url}/jobs/${id}/wait`,
  `${url}/ui/jobs/${id}/result`,
  `${url}/jobs/`,
  `https://jobs.example.com/jobs/${id}`,
  `http://jobs.example.com/prod/jobs/${id}`,
  `https://jobs.example.com:8443/prod/jobs/${id}`,
])('"%s" is no job', (text) => {
  expect(() => parseJobId(text, { url })).toThrow('is neither');
});
