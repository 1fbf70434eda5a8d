import { aServer } from './a-server.ts';
import { pidsIn } from './processes.ts';

/** A server whose job blocks its process. It prints the ids of the job's processes and where its folder is, once. */
const server = aServer();
void server.run({ probe: 'block' });
const looking = setInterval(() => {
  const line = server.log.lines.find(({ message }) => message === 'blocked');
  if (!line) return;
  console.log(`pids ${pidsIn(line.fields).join(' ')} in ${server.folder} end`);
  clearInterval(looking);
}, 100);
