import { describe, expect, test } from '@jest/globals';
import { problemsOfServers, serverRules } from '../../../infra/server-parameters.ts';

const image = '123456789012.dkr.ecr.eu-central-1.amazonaws.com/job-worker:v1';
const good = { servers: 'fargate', serversImage: image, serversCpu: 1024, serversMemory: 2048 };

describe('the image of servers', () => {
  test.each([
    image,
    '123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/job-worker:2026-11-26_ab12',
    `public.ecr.aws/a1b2c3/job-worker@sha256:${'0'.repeat(64)}`,
    'registry.example.com:5000/job-worker:latest-arm64',
    '',
  ])('may be "%s"', (text) => {
    expect(serverRules.serversImage?.accepts(text)).toBe(true);
  });

  test.each([
    '123456789012.dkr.ecr.eu-central-1.amazonaws.com/job-worker',
    '123456789012.dkr.ecr.eu-central-1.amazonaws.com/job-worker:latest',
    'job-worker@sha256:12',
    'registry.example.com/job worker:v1',
    'https://registry.example.com/job-worker:v1',
  ])('may not be %s: a deployment must know a new image by its text', (text) => {
    expect(serverRules.serversImage?.accepts(text)).toBe(false);
  });
});

describe('servers on Fargate', () => {
  test('need an image', () => {
    expect(problemsOfServers({ ...good, serversImage: '' })).toEqual([
      `serversImage is empty, and servers is fargate. Use an image with a tag of its own, such as ${image}.`,
    ]);
  });

  test('are meant where there is an image', () => {
    for (const servers of ['own', 'none'])
      expect(problemsOfServers({ ...good, servers })).toEqual([
        `serversImage is set, and servers is ${servers}. Use servers=fargate, or no image.`,
      ]);
  });

  test.each([
    [256, 512],
    [1024, 8192],
    [4096, 30_720],
    [8192, 20_480],
    ['16384', '122880'],
  ])('may have %s units of CPU with %s MB', (serversCpu, serversMemory) => {
    expect(problemsOfServers({ ...good, serversCpu, serversMemory })).toEqual([]);
  });

  test.each([
    [256, 4096, '512, 1024 or 2048'],
    [1024, 1024, '2048, 3072, 4096, 5120, 6144, 7168 or 8192'],
    [8192, 17_408, '16384, 20480, 24576, .* or 61440'],
  ])('may not have %s units of CPU with %s MB, and are told what fits', (serversCpu, serversMemory, fit) => {
    expect(problemsOfServers({ ...good, serversCpu, serversMemory })).toEqual([
      expect.stringMatching(
        `^serversMemory is ${serversMemory}, which Fargate does not have for a serversCpu of ${serversCpu}. Use ${fit}\\.$`,
      ),
    ]);
  });

  test.each(['none', 'own'])('are not asked for with %s', (servers) => {
    expect(problemsOfServers({ ...good, servers, serversImage: '', serversMemory: 1 })).toEqual([]);
  });
});
