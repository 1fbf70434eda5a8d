import { describe, expect, it, test } from '@jest/globals';
import { sendEmail } from '../../../../job-types/send-email/contract.ts';
import { PermanentError } from '../../../../shared/author/index.ts';
import { childHandler, childResult } from '../../../../testkit/children.ts';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import { runJob } from '../../../../testkit/run-job.ts';
import { sendInvoices as contract } from '../../../send-invoices/contract.ts';
import { sendInvoices } from '../../../send-invoices/handler.ts';
import { writeInvoice as invoiceContract } from '../../../send-invoices/invoice-contract.ts';
import { writeInvoice } from '../../../send-invoices/invoice-handler.ts';
import { pdfOf } from '../../../send-invoices/pdf.ts';

const type = { contract, handler: sendInvoices };
const month = '2026-12';
const customersOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    number: index + 1,
    email: `customer-${index + 1}@example.com`,
    cents: 1_000 + index,
  }));
const answers = (isOk: boolean) => [{ name: 'approve', answer: { isOk } }] as const;
const accepted = childResult(sendEmail, (_mail, index) => ({ outcome: 'accepted', messageId: `m-${index}` }));
const children = { 'write-invoice': childHandler(invoiceContract, writeInvoice), 'send-email': accepted };

describe('send-invoices', () => {
  it('mails each of 500 customers the invoice that was written for that customer', async () => {
    const customers = customersOf(500);
    const run = await runJob(type, { month, customers }, { children, signals: answers(true) });
    expect(run.result).toEqual({ state: 'sent', mailed: 500, notWritten: [], notMailed: [] });
    const mails = run.children.filter((child) => child.type === 'send-email');
    expect(new Set(mails.map(({ payload }) => JSON.stringify(Object(payload).attachments))).size).toBe(500);
    expect(mails[216]?.payload).toMatchObject({
      to: 'customer-217@example.com',
      text: 'Your invoice of 12.16 EUR is attached.',
      attachments: [{ name: 'invoice-2026-12.pdf', contentType: 'application/pdf' }],
    });
  });

  it.each([
    ['refused', answers(false)],
    ['forgotten', []],
  ])('mails nobody if the invoices are %s', async (state, signals) => {
    const run = await runJob(type, { month, customers: customersOf(2) }, { children, signals });
    expect(run.result).toEqual({ state, mailed: 0, notWritten: [], notMailed: [] });
    expect(run.children.filter((child) => child.type === 'send-email')).toEqual([]);
  });

  it('says whose invoice could not be written, and whose mail may not have been sent', async () => {
    const failing = {
      'write-invoice': childHandler(invoiceContract, async (payload, job) => {
        if (payload.customer.number === 2) throw new PermanentError('no address');
        return writeInvoice(payload, job);
      }),
      'send-email': childResult(sendEmail, ({ to }) =>
        to.startsWith('customer-3@') ? { outcome: 'unknown' } : { outcome: 'accepted', messageId: 'm' },
      ),
    };
    const { result } = await runJob(
      type,
      { month, customers: customersOf(4) },
      { children: failing, signals: answers(true) },
    );
    expect(result).toEqual({ state: 'sent', mailed: 2, notWritten: [2], notMailed: [3] });
  });

  it('survives every cut, and whatever becomes of its invoices and mails', async () => {
    await cutEverywhere(type, { month, customers: customersOf(2) }, { children, signals: answers(true) });
  });
});

describe('write-invoice', () => {
  const payload = { month, customer: { number: 217, email: 'jane@example.com', cents: 4_200 } };

  it('writes a PDF', async () => {
    const run = await runJob({ contract: invoiceContract, handler: writeInvoice }, payload);
    const text = String(run.output);
    expect(run.result).toEqual({ bytes: text.length });
    for (const line of ['Invoice for 2026-12', 'Customer 217', 'Amount: 42.00 EUR'])
      expect(text).toContain(`(${line})`);
  });

  it('survives every cut', async () => {
    await cutEverywhere({ contract: invoiceContract, handler: writeInvoice }, payload);
  });
});

test('the table of a PDF says where each object is, and the stream is as long as it says', () => {
  const file = String(pdfOf(['a (b) \\ c']));
  const table = Number(/startxref\n(\d+)/.exec(file)?.[1]);
  expect(file.slice(table)).toMatch(/^xref\n0 6\n/);
  const places = [...file.slice(table).matchAll(/^(\d{10}) 00000 n $/gm)].map(([, at]) => Number(at));
  expect(places.map((at) => file.slice(at, at + 8))).toEqual([1, 2, 3, 4, 5].map((n) => `${n} 0 obj\n`));
  const [, length, stream] = /Length (\d+) >>\nstream\n([\s\S]*)\nendstream/.exec(file) ?? [];
  expect(stream).toHaveLength(Number(length));
  expect(stream).toContain(String.raw`(a \(b\) \\ c) '`);
});
