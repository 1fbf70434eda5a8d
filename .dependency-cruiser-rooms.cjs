/** The rooms of each folder, from the lowest: a room imports from those before it. A file of the folder itself may be one. */
const rooms = {
  'shared/domain/state': ['job', 'stored', 'failures', 'limits', 'waits', 'writes'],
  'shared/http': ['wire', 'access', 'requests', 'responses', 'families'],
  'functions/pages': ['html', 'forms', 'job', 'stage'],
  'shared/aws': [
    'aws-endpoints.ts',
    'uses',
    'lean',
    'clients',
    'records',
    'observe',
    'queues',
    'objects',
    'notify',
    'ports',
  ],
  'shared/worker': ['hold', 'steps', 'children', 'gates', 'attempt'],
  'shared/operations': ['doors', 'submit', 'find', 'act'],
  infra: [
    'resources',
    'parameters',
    'access',
    'template',
    'packaging',
    'rights',
    'deployed',
    'guards',
    'restore',
  ],
  local: [
    'local-aws.ts',
    'resolve-references.ts',
    'machine',
    'rights',
    'doors',
    'objects',
    'queues',
    'tables',
    'schedules',
    'emulators',
    'lambda',
    'gateway',
    'output',
    'system',
  ],
  'client/jobctl/src': [
    'ending.ts',
    'library.ts',
    'clone-dir.ts',
    'arguments',
    'terminal',
    'profiles',
    'system',
    'jobs',
    'replay',
    'commands',
  ],
};

const ruleOf = (folder, names, at) => ({
  name: `rooms-of-${folder.replaceAll('/', '-')}-${names[at]}`,
  comment: `Imports between the rooms of ${folder}/ run downwards only: ${names.toReversed().join(', ')}. Remedy: Move what both need to the lower of the two rooms, or hand it in.`,
  severity: 'error',
  from: { path: `^${folder}/${names[at]}(/|$)` },
  to: { path: `^${folder}/`, pathNot: `^${folder}/(${names.slice(0, at + 1).join('|')})(/|$)` },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: Object.entries(rooms).flatMap(([folder, names]) =>
    names.map((_, at) => ruleOf(folder, names, at)),
  ),
};
