import { never } from './never.ts';

/**
 * A port for who must not go on when an attempt has ended: no call is begun any more, and the end of one that was begun
 * is not seen. Such a call never returns. A process that was frozen for long must not make what has ended, and is gone,
 * anew.
 * @param mayGoOn asked before each call and after it. What it throws, the call throws
 */
export const untilEnd = <Port extends object>(port: Port, mayGoOn: () => boolean): Port =>
  new Proxy(port, {
    get: (target, name) => {
      const call: unknown = Reflect.get(target, name, target);
      if (typeof call !== 'function') return call;
      return async (...all: unknown[]) => {
        if (!mayGoOn()) return never();
        try {
          return await call.apply(target, all);
        } finally {
          if (!mayGoOn()) await never();
        }
      };
    },
  });
