/**
 * Never settles. Each call makes a promise of its own: one for all would keep alive whatever has ever waited for it.
 */
export const never = (): Promise<never> => new Promise(() => {});
