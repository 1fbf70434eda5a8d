import { describeEnumeration } from './enumeration.suite.ts';

await describeEnumeration({ title: 'jobs and groups', parts: ['jobs', 'groups'], moreThan: 4 });
