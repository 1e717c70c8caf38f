import type { Request } from 'express';
import { isIPv6 } from 'node:net';

/**
 * What a rate limit counts by. Express' `ip` heeds X-Forwarded-For as far as TRUST_PROXY says, and
 * not at all without it. Of IPv6 a single subscriber has 2⁶⁴ addresses: there the network counts.
 */
export function clientAddress(request: Request): string {
  return networkOf(request.ip ?? 'unknown');
}

export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  // A zone such as %eth0 is of this machine, not of the client.
  const plain = address.split('%')[0] ?? '';
  if (!isIPv6(plain)) return address.slice(0, 64);
  const [head = '', tail] = plain.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : 8 - front.length - back.length;
  const groups = [...front, ...Array<string>(Math.max(0, missing)).fill('0'), ...back];
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}
