import { lookup as lookUp } from 'node:dns/promises';
import { connect as connectPlain, isIP, type LookupFunction } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectSecurely } from 'node:tls';
import { defined } from '../domain/base/defined.ts';

/** Where to connect to. */
export interface Route {
  /** The name that the certificate must have. */
  readonly hostname: string;
  /** Of that name, checked. One of them is connected to, and no other. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** By TLS. */
  readonly isSecure: boolean;
}

/** The network that webhooks are sent over. */
export interface Network {
  /** All addresses of a name. Rejects if there are none. */
  lookup(hostname: string): Promise<readonly string[]>;
  /** Opens a connection, without looking up a name. */
  connect(route: Route): Duplex;
}

/** The network of this machine. @param ca further certificates to trust; by default those of Node.js */
export const systemNetwork = ({ ca }: { readonly ca?: string } = {}): Network => ({
  async lookup(hostname) {
    const found = await lookUp(hostname, { all: true });
    return found.map(({ address }) => address);
  },

  connect({ hostname, addresses, port, isSecure }) {
    const options = { host: hostname, port, lookup: pinnedTo(addresses) };
    if (!isSecure) return connectPlain(options);
    return connectSecurely({
      ...options,
      // Not from the environment, which could switch the check off.
      rejectUnauthorized: true,
      ALPNProtocols: ['http/1.1'],
      ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
      ...defined({ ca }),
    });
  },
});

/** Answers with what was checked, whatever DNS says by now. Node.js tries the addresses one after another. */
const pinnedTo =
  (addresses: readonly string[]): LookupFunction =>
  (_hostname, { all }, callback) => {
    const found = addresses.map((address) => ({ address, family: isIP(address) }));
    const [first = { address: '', family: 0 }] = found;
    if (all) callback(null, found);
    else callback(null, first.address, first.family);
  };
