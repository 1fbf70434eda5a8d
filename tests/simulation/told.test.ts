import { describeEnumeration } from './enumeration.suite.ts';

await describeEnumeration({ title: 'told of an end', parts: ['told'], moreThan: 4 });
