import { describeEnumeration } from './enumeration.suite.ts';

await describeEnumeration({ title: 'servers', parts: ['servers'], moreThan: 5 });
