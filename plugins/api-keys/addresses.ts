import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

/** An address or a range in CIDR notation (RFC 4632, RFC 4291 §2.3): `10.0.0.0/8`, `2001:db8::/32`, `192.0.2.7`. */
export const addressRange = z
  .string()
  .max(64)
  .refine((text) => rangeOf(text) !== null, 'Write it as an address or a range, e.g. 10.0.0.0/8.');

export interface AddressSet {
  includes(address: string): boolean;
}

const mostRemembered = 1024;

/** The addresses in any of the ranges; no ranges: every address. What was asked before is answered from memory. */
export function addressSet(ranges: readonly string[]): AddressSet {
  if (ranges.length === 0) return { includes: () => true };
  const list = new BlockList();
  for (const text of ranges) {
    const range = rangeOf(text);
    if (range) list.addSubnet(range.address, range.bits, range.family);
  }
  const known = new Map<string, boolean>();
  return {
    includes(address) {
      const before = known.get(address);
      if (before !== undefined) return before;
      if (known.size >= mostRemembered) known.clear();
      const isIncluded = isListed(list, address);
      known.set(address, isIncluded);
      return isIncluded;
    },
  };
}

/** Where failures are counted: an IPv4 address, or the /64 of an IPv6 address, which is what one host gets. */
export function sourceOf(address: string): string {
  if (!address.includes(':')) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped) return mapped[1] ?? address;
  const [head = '', tail = ''] = (address.split('%')[0] ?? '').split('::');
  const front = head.split(':').filter((each) => each !== '');
  const back = tail.split(':').filter((each) => each !== '');
  const isShort = address.includes('::');
  const zeros = isShort ? Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0') : [];
  return `${[...front, ...zeros, ...back].slice(0, 4).join(':')}::/64`;
}

function isListed(list: BlockList, address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  return list.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

function rangeOf(text: string): { address: string; bits: number; family: 'ipv4' | 'ipv6' } | null {
  const [address = '', length, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return null;
  const most = family === 4 ? 32 : 128;
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return null;
  const bits = length === undefined ? most : Number(length);
  return bits > most ? null : { address, bits, family: family === 4 ? 'ipv4' : 'ipv6' };
}
