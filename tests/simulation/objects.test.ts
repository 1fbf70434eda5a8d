import { describeEnumeration } from './enumeration.suite.ts';

await describeEnumeration({ title: 'what is in objects', parts: ['objects'], moreThan: 8 });
