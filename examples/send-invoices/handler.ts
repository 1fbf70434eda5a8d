import { sendEmail } from '../../job-types/send-email/contract.ts';
import type { JobContext, JobHandler, PayloadOf } from '../../shared/author/index.ts';
import type { sendInvoices as contract } from './contract.ts';
import { inEuros } from './in-euros.ts';
import { writeInvoice } from './invoice-contract.ts';

type Customer = PayloadOf<typeof contract>['customers'][number];

/** A customer, and the object that has the invoice. */
interface Invoice {
  readonly customer: Customer;
  readonly object: string;
}

const week = 7 * 24 * 3600;
/** By these the jobs of a customer are found. */
const tagsOf = ({ number }: Customer, month: string): readonly string[] => [`customer ${number}`, month];
const numbersOf = (customers: readonly Customer[]): number[] => customers.map(({ number }) => number);

/** Who gets no invoice does not keep the others from theirs. */
export const sendInvoices: JobHandler<typeof contract> = async ({ month, customers }, job) => {
  const invoices = await writeAll(month, customers, job);
  const written = new Set(invoices.map(({ customer }) => customer));
  const notWritten = numbersOf(customers.filter((customer) => !written.has(customer)));
  const cents = invoices.reduce((sum, { customer }) => sum + customer.cents, 0);
  const question = `Send ${invoices.length} invoices for ${month}, of ${inEuros(cents)} in all?`;
  const first = await job.waitFor('approve', { signal: 'approve', until: week, question });
  if (first.by === 'time') return { state: 'forgotten', mailed: 0, notWritten, notMailed: [] };
  if (!first.answer.isOk) return { state: 'refused', mailed: 0, notWritten, notMailed: [] };
  const notMailed = await mailAll(month, invoices, job);
  return { state: 'sent', mailed: invoices.length - notMailed.length, notWritten, notMailed };
};

async function writeAll(
  month: string,
  customers: readonly Customer[],
  job: Pick<JobContext, 'spawn'>,
): Promise<readonly Invoice[]> {
  const batch = await job.spawn('invoices', writeInvoice, {
    list: customers.map((customer) => ({ month, customer })),
    tags: ({ customer }) => tagsOf(customer, month),
  });
  const invoices: Invoice[] = [];
  for await (const child of batch.results()) {
    const customer = customers[child.index];
    if (child.status === 'succeeded' && child.output && customer)
      invoices.push({ customer, object: child.output.name });
  }
  return invoices;
}

/** @returns whose mail was not taken, or may not have been */
async function mailAll(
  month: string,
  invoices: readonly Invoice[],
  job: Pick<JobContext, 'spawn'>,
): Promise<number[]> {
  const batch = await job.spawn('mails', sendEmail, {
    list: invoices.map(({ customer, object }) => ({
      to: customer.email,
      subject: `Your invoice for ${month}`,
      text: `Your invoice of ${inEuros(customer.cents)} is attached.`,
      attachments: [{ object, name: `invoice-${month}.pdf`, contentType: 'application/pdf' }],
    })),
    tags: (_mail, index) =>
      invoices.slice(index, index + 1).flatMap(({ customer }) => tagsOf(customer, month)),
  });
  const taken = new Set<number>();
  for await (const child of batch.results())
    if (child.status === 'succeeded' && child.result.outcome === 'accepted') taken.add(child.index);
  return numbersOf(invoices.flatMap(({ customer }, index) => (taken.has(index) ? [] : [customer])));
}
