import { describe, expect, test } from '@jest/globals';
import { rightsToImage } from '../../../infra/servers.ts';

describe('the right to pull an image', () => {
  test('is to its repository alone, wherever that is', () => {
    const rights = rightsToImage('123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/job-worker:v1');
    const [ofRepository, ofRegistry] = rights;
    expect(JSON.stringify(ofRepository?.Resource)).toMatch(
      /:ecr:eu-west-1:123456789012:repository\/team\/job-worker"}$/,
    );
    expect(ofRegistry?.Resource).toBe('*');
    expect(ofRegistry?.Action).toEqual(['ecr:GetAuthorizationToken']);
  });

  test('ends before a digest, too', () => {
    const [ofRepository] = rightsToImage(
      `123456789012.dkr.ecr.eu-west-1.amazonaws.com/job-worker@sha256:${'0'.repeat(64)}`,
    );
    expect(JSON.stringify(ofRepository?.Resource)).toMatch(/repository\/job-worker"}$/);
  });

  test('is none outside of ECR', () => {
    expect(rightsToImage('public.ecr.aws/a1b2c3/job-worker:v1')).toEqual([]);
  });
});
