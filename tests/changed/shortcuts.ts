/**
 * What no import and no name says about the way from a test to what it runs. Without this table, some tests would reach too
 * little (`starts`), and every test of a system all that any system has (`gates`).
 */

interface Start {
  /** In the code of a test, or in what it loads of `tests/`. */
  readonly words: RegExp;
  /** A folder ends with a slash. */
  readonly files: readonly string[];
}

/** Programs that are started without a path to their files. */
export const starts: readonly Start[] = [
  {
    words: /\b(startChildSystem|packageAll|runPackageCommands|new Osls)\b|\bsls\(/,
    files: ['serverless.yml'],
  },
  { words: /\bbyNpm\b/, files: ['server/main.ts', 'package.json'] },
  {
    words: /'pack', '-w'/,
    files: [
      ...['client/src/entry.ts', 'client/package.json', 'client/tsconfig.json'],
      ...['client/jobctl/bin/jobctl.js', 'client/jobctl/package.json', 'scripts/build-package.ts'],
    ],
  },
  { words: /\bdockerfileText\b/, files: ['Dockerfile', '.dockerignore'] },
  { words: /dockerfilelint/, files: ['scripts/build-server.ts', 'server/job-process.ts'] },
  { words: /compiled\.ts'/, files: ['tsconfig.json', 'shared/domain/'] },
  { words: /'tests\/fixtures'/, files: ['tests/fixtures/', 'tests/job-types/handlers/', 'client/src/'] },
];

/** From a file to others, which its code names by a part of their path, or as a folder. A folder ends with a slash. */
export const ways: Readonly<Record<string, readonly string[]>> = {
  'server/isolation/isolate-jobs.ts': ['server/job-process.ts'],
  'tests/browser/systems.ts': ['tests/browser/play/'],
  'tests/infra/changed.test.ts': ['tests/'],
  'tests/infra/ec2.test.ts': ['infra/ec2/'],
  'tests/infra/moto_server.py': ['tests/infra/moto_alias.py', 'tests/infra/moto_scheduler.py'],
};

export interface Gate {
  readonly from: RegExp;
  readonly to: RegExp;
  /** A test goes this way only if it has one of these words. */
  readonly words?: RegExp;
  /** It stands in the way of these tests alone. */
  readonly tests?: RegExp;
}

/** Tests of a whole system, of which each uses a part. */
const systems = /^(examples\/)?tests\/(integration|client|browser)\//;
const wired = /^(serverless\.yml|infra\/.*\.yml)$/;

const bundling = /^infra\/packaging\/esbuild\.config\.cjs$/;
const jobctl = /^tests\/integration\/(jobctl|open-system)/;

const gate =
  (from: RegExp, pathOf: (name: string) => string, tests?: RegExp) =>
  (name: string, words?: RegExp): Gate => ({
    from,
    to: new RegExp(`^${pathOf(name)}`),
    ...(words ? { words } : {}),
    ...(tests ? { tests } : {}),
  });
/** The client and the command line call the whole API. */
const called = (words: RegExp): RegExp => new RegExp(`${words.source}|client/src|\\bjobctl\\b`, words.flags);
const functionOf = gate(wired, (name) => `functions/${name}/`, systems);
const partOfApi = gate(
  /^functions\/api\/handler\.ts$/,
  (name) => `(functions/api|shared)/(${name})`,
  systems,
);
const partOfNotify = gate(
  /^functions\/notify\/handler\.ts$/,
  (name) => `(shared/notify|shared/aws/notify|job-types)/(${name})`,
  systems,
);
const page = gate(/^functions\/pages\/handler\.ts$/, (name) => `functions/pages/(${name})\\.ts`, systems);
const typeOf = gate(
  /^(tests\/)?job-types\/(contracts|handlers\/\w+)\.ts$/,
  (name) => `(tests/)?job-types/${name}/`,
  systems,
);
const emulator = gate(/^local\/(emulators\/emulators|plugin|system\/local-access)\.ts$/, (name) => name);
const command = gate(
  /^client\/jobctl\/src\/program\.ts$/,
  (name) => `client/jobctl/src/commands/${name}\\.ts`,
  jobctl,
);
const resources = gate(/\.yml$/, (name) => `infra/(${name})`, /^(examples\/)?tests\/(?!infra)/);

/** Ways that only some tests go. A test that asks for a part of a system has to name it: by its path, its type, its option. */
export const gates: readonly Gate[] = [
  // It copies the project for tests that start something of the copy, and name what. The others name files to talk of them.
  { from: /^tests\/project-copy\.ts$/, to: /./ },
  { from: /^jest\.config\.js$/, to: /./ },
  // It writes what a test imports.
  { from: /^client\/jobctl\/src\/replay\/test-of-job\.ts$/, to: /^testkit\// },
  { from: /^tests\/(infra\/changed\.test|changed\/\w+)\.ts$/, to: /^(?!tests\/)/ },
  functionOf('wait', called(/\/wait\b|'wait'|\bwait=/)),
  functionOf(
    'api',
    called(
      /\/jobs[?$'`]|\}\/\$\{|\/(cancel|retry|batch|actions|result|input|schedules|queues|errors|uploads|job-types|webhook-secret|me|problems|health)\b|openapi|DELETE/,
    ),
  ),
  functionOf('pages', /\/ui\b|accept: 'text\/html/),
  functionOf('notify', /\bnotif|webhook|\bmail\b|send-email/i),
  functionOf('worker', /csv|notif|'standard'/i),
  functionOf('admission', /waiting|after|delay|schedul|group|\bat:/i),
  functionOf('dead-letter', /dead-letter|quarantine|crash|kill|poison/i),
  partOfApi('submit-all', called(/batch/)),
  partOfApi('submit-action', called(/\/actions|\bbulk/i)),
  partOfApi('schedules', called(/\/schedules/)),
  partOfApi('lists', called(/\/jobs[?$'`]/)),
  partOfApi('documents|document-routes', called(/openapi|documented|job-types/i)),
  partOfApi('problem-page', called(/\/problems/)),
  partOfApi('domain/schedules/paused-schedules', called(/\/schedules/)),
  partOfApi('aws/queues/queue-figures', called(/\/queues/)),
  partOfApi(
    'aws/records/error-group-list|operations/find/list-errors|http/responses/error-response',
    called(/\/errors/),
  ),
  partOfApi('operations/find/find-input', called(/\/input\b/)),
  partOfApi('operations/act/retry-job', called(/\/retry|\}\/\$\{/)),
  partOfApi('http/access/webhook-secrets|http/responses/webhook-secret', called(/webhook/i)),
  partOfNotify('send-event|event-bus', /event-?bus/i),
  partOfNotify('send-mail|send-email|mailer', /\bmail\b|@example|send-email/i),
  partOfNotify('send-webhook', /webhook|\burl\b/i),
  page('stage/show-dashboard', /\/ui['"`?]/),
  page('forms/submit-form', /\/ui\/job-types/),
  page('stage/bulk', /\/ui\/actions|\bbulk\b|\bselect/i),
  page('stage/errors-page', /\/ui\/errors/),
  page('stage/queues-page', /\/ui\/queues/),
  page('stage/show-schedules', /\/ui\/schedules/),
  page('sign-in|sign-in-page', /sign-?in/i),
  page('job/send-result', /\/result|download/i),
  typeOf('sort-lines', /sort-lines/),
  typeOf('csv-sums', /csv/),
  typeOf('render-report', /render-report/),
  typeOf('send-email', /send-email/),
  typeOf('bulk-action', /\bbulk|\/actions/i),
  emulator('local/objects/', /\bobjects\b|object-|uploads?\b|csv|\bbucket\b/),
  emulator('local/schedules/', /schedul|delay|after|waiting|retry/i),
  emulator('local/gateway/gateway-cors', /\bcors\b|\borigin:/i),
  emulator('infra/access/manage-keys', /apiKey|start(Http|Attacked|Jobctl)System|\.\/access\.ts'/),
  // What a local system has no use for. That all of it can be read, tests/infra shows.
  resources('resources/(alarms|servers|lambda)'),
  // No scenario runs another type than these two.
  {
    from: /^(tests\/)?job-types\/(contracts|handlers\/\w+)\.ts$/,
    to: /^(tests\/)?job-types\/(?!counting|csv-sums)[\w-]+\//,
    tests: /^tests\/simulation\//,
  },
  // A package is about what is around the code that is deployed, which has tests of its own.
  {
    from: /^(functions\/[\w-]+\/handler|server\/(main|job-process))\.ts$/,
    to: /^(functions\/[\w-]+\/(?!config)|shared|job-types)/,
    tests: /^(examples\/)?tests\/infra\//,
  },
  {
    from: /^scripts\/build-server\.ts$/,
    to: /^server\//,
    words: /\bdockerfileText\b/,
    tests: /^(examples\/)?tests\/infra\//,
  },
  {
    from: bundling,
    to: /^(functions|job-types)/,
    words: /documents\.suite/,
    tests: /^(examples\/)?tests\/infra\//,
  },
  { from: bundling, to: /^functions\/api\//, words: /openapi|documented|job-types/i, tests: systems },
  { from: bundling, to: /^functions\/pages\//, words: /\/ui\b/i, tests: systems },
  // They read the text.
  { from: /\.yml$/, to: /^(functions\/|local\/|infra\/.*\.(ts|cjs)$)/, tests: /^(examples\/)?tests\/unit\// },
  // For who is notified. The command line is not.
  { from: /^client\/src\/entry\.ts$/, to: /verify-notification/, tests: jobctl },
  command('act', /'(cancel|retry|erase)'/),
  command('follow', /'(status|wait|watch)'/),
  ...[
    'doctor',
    'errors',
    'keys',
    'list',
    'profiles',
    'queues',
    'replay',
    'result',
    'schedules',
    'types',
    'upload',
  ].map((name) => command(name, new RegExp(`'${name}'`))),
];

/** What every test loads, or half of them. After a change of it only all tests will do. */
export const core =
  /^(package(-lock)?\.json|jest\.config\.js|tests\/(fuzz-runs\.ts|plain-\w+\.js)|shared\/(job|delivery|worker)\/.*)$/;

/** Cheap, and about all files. */
export const always = ['tests/infra/source-rules.test.ts'];
/** From the cheapest. */
export const levels = [
  'unit',
  'contract',
  'client',
  'infra',
  'browser',
  'integration',
  'simulation',
] as const;
