import type { Payments } from './handler.ts';

/** Moves no money: it stands where the client of a payment service would. */
export const pretendedPayments: Payments = {
  charge: async ({ key }) => `charge of ${key}`,
  refund: async ({ key }) => `refund of ${key}`,
};
