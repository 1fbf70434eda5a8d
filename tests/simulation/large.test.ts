import { describeEnumeration } from './enumeration.suite.ts';

await describeEnumeration({ title: 'many jobs that wait for each other', parts: ['large'], moreThan: 100 });
