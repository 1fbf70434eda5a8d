import { Duplex } from 'node:stream';
import { systemClock } from '../../../../shared/aws/clients/clients.ts';
import { postRequest } from '../../../../shared/notify/post-request.ts';

// A process that does nothing but this request, to a receiver that answers at once or never: `post-alone.ts HOW MILLISECONDS`.
const [how, timeoutMs] = process.argv.slice(2);
const answer = how === 'answered' ? 'HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n' : undefined;
const connect = () =>
  new Duplex({
    read() {},
    write(_chunk, _encoding, done) {
      if (answer !== undefined) this.push(answer);
      done();
    },
  });

const post = { url: new URL('https://hooks.example.com'), mayBeInner: true, headers: {}, body: '{}' };
const limits = { timeoutMs: Number(timeoutMs), maxAnswerBytes: 1 };
const network = { lookup: async () => ['192.0.2.1'], connect };
try {
  console.log((await postRequest(post, limits, { network, clock: systemClock })).status);
} catch (error) {
  console.log(error instanceof Error ? error.name : error);
}
