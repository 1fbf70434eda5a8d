import { describe, expect, test } from '@jest/globals';
import { problemsOfListening } from '../../../../local/doors/allowed-hosts.ts';

describe('where npm start listens', () => {
  test.each(['127.0.0.1', '127.1.2.3', 'localhost', 'LOCALHOST', '::1'])('needs no key at %s', (host) => {
    expect(problemsOfListening({ host, auth: 'none', mayAnybodyCall: undefined })).toEqual([]);
  });

  test.each(['0.0.0.0', '::', '192.168.1.5', 'my-machine', '127.0.0.1.example.com', ''])(
    'has keys, or is open to anybody, who has to say so: %s',
    (host) => {
      const problems = (auth: string, mayAnybodyCall?: boolean) =>
        problemsOfListening({ host, auth, mayAnybodyCall }).length;
      expect([problems('none'), problems('none', false)]).toEqual([1, 1]);
      expect([problems('none', true), problems('apiKey'), problems('apiKey,jwt')]).toEqual([0, 0, 0]);
    },
  );
});
