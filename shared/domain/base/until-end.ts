const never = new Promise<never>(() => {});

/**
 * A port whose calls are not begun any more when somebody must not go on: such a call never returns. A process that was frozen for long
 * must not make what has ended, and is gone, anew.
 * @param mayGoOn asked before each call. What it throws, the call throws
 */
export const untilEnd = <Port extends object>(port: Port, mayGoOn: () => boolean): Port =>
  new Proxy(port, {
    get: (target, name) => {
      const call: unknown = Reflect.get(target, name, target);
      if (typeof call !== 'function') return call;
      return async (...all: unknown[]) => (mayGoOn() ? call.apply(target, all) : never);
    },
  });
