// Which hosts go round the proxy, by the list in NO_PROXY. Pure.
//
// There is no standard; this takes what curl, wget, Go and Python have in common: names separated by commas or
// blanks, each for itself and all below it, with or without a dot or `*.` before it; `name:port` for one port alone;
// addresses and ranges of them (`10.0.0.0/8`, `10.0.0.1-10.0.0.9`); `*` for everything.
import net from 'node:net';

/** Whether a URL goes round the proxy. */
export function goesRound(url: string, list: string): boolean {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.toLowerCase().replaceAll(/^\[|\]$|\.$/g, '');
  const own = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
  return list.split(/[\s,]+/).some((entry) => entry !== '' && matches(entry.toLowerCase(), host, own));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const [, bracketed, plain, wanted] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(entry) ?? [null, entry];
  const name = (bracketed ?? plain ?? entry).replace(/^\*?\./, '').replace(/\.$/, '');
  if (wanted !== undefined && Number(wanted) !== Number(port)) return false;
  return net.isIP(host) === 0 ? host === name || host.endsWith(`.${name}`) : isAmong(name, host);
}

/** Whether an address is the one, or of the range, that an entry names. */
function isAmong(entry: string, address: string): boolean {
  const family = net.isIPv6(address) ? 'ipv6' : 'ipv4';
  const [first = '', bits, last] = /^([^/-]+)(?:\/(\d{1,3})|-(.+))?$/.exec(entry)?.slice(1) ?? [];
  const list = new net.BlockList();
  try {
    if (bits !== undefined) list.addSubnet(first, Number(bits), family);
    else if (last !== undefined) list.addRange(first, last, family);
    else list.addAddress(first, family);
  } catch {
    // A name, an address of the other family, or no such range: it does not speak of this address.
    return false;
  }
  return list.check(address, family);
}
