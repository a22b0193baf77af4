// A failed fetch in one plain sentence.
//
// Invariant: no sentence holds an address's path or query, or anything that was sent: hosts and ports at
// most, as the failure itself names them.

/**
 * Says why no answer came, from what fetch threw (Node's codes, undici's, OpenSSL's and Chromium's). One
 * sentence with its full stop.
 */
export function describeNetworkFailure(error: unknown): string {
  const chain = causesOf(error);
  for (const { code, message, host } of chain) {
    const known =
      describeChromiumFailure(/^(?:net::)?(ERR_\w+)/.exec(message)?.[1] ?? code, host) ??
      describeCode(code, host) ??
      describeText(message);
    if (known !== null) return known;
  }
  for (const { name } of chain) {
    if (name === 'TimeoutError') return 'The server did not answer in time.';
    if (name === 'AbortError') return 'The request was given up before an answer came.';
  }
  const code = chain.map((link) => link.code).find((found) => /^[A-Z][A-Z0-9_]+$/.test(found));
  return `The server could not be reached${code === undefined ? '' : ` (${code})`}.`;
}

/**
 * Says what one of Chromium's net errors (`ERR_NAME_NOT_RESOLVED`; net/base/net_error_list.h) means, or null
 * for one that says nothing to a person. `host` is empty, or a blank and the host.
 */
export function describeChromiumFailure(name: string, host = ''): string | null {
  const found = Object.entries(chromium).find(([, names]) => names.has(name));
  if (found !== undefined) return found[0].replace('{host}', host);
  return name.startsWith('ERR_CERT') ? "The server's certificate is not one that can be trusted." : null;
}

const named = (names: string): ReadonlySet<string> =>
  new Set(names.split(/\s+/).map((name) => `ERR_${name}`));

// Sentence to the errors that it stands for.
const chromium: Readonly<Record<string, ReadonlySet<string>>> = {
  'The name of the server{host} was not found (DNS).': named('NAME_NOT_RESOLVED ICANN_NAME_COLLISION'),
  'The name of the server{host} could not be looked up (DNS does not answer); is the network there?': named(
    'NAME_RESOLUTION_FAILED DNS_TIMED_OUT DNS_SERVER_FAILED DNS_MALFORMED_RESPONSE DNS_SERVER_REQUIRES_TCP',
  ),
  'This machine has no network just now.': named('INTERNET_DISCONNECTED'),
  'The network changed before an answer came.': named('NETWORK_CHANGED NETWORK_IO_SUSPENDED'),
  'The server{host} refused the connection (nothing listens there).': named('CONNECTION_REFUSED'),
  'The connection to the server{host} broke off before an answer came.': named(
    'CONNECTION_RESET CONNECTION_CLOSED CONNECTION_ABORTED CONNECTION_FAILED EMPTY_RESPONSE SOCKET_NOT_CONNECTED CONTENT_LENGTH_MISMATCH INCOMPLETE_CHUNKED_ENCODING HTTP2_PROTOCOL_ERROR HTTP2_PING_FAILED QUIC_PROTOCOL_ERROR',
  ),
  'The server{host} did not answer in time.': named('CONNECTION_TIMED_OUT TIMED_OUT'),
  'There is no way to the server{host} on this network.': named(
    'ADDRESS_UNREACHABLE ADDRESS_INVALID NETWORK_ACCESS_DENIED',
  ),
  'The proxy that this machine is set to use could not be reached.': named(
    'PROXY_CONNECTION_FAILED SOCKS_CONNECTION_FAILED SOCKS_CONNECTION_HOST_UNREACHABLE NO_SUPPORTED_PROXIES MANDATORY_PROXY_CONFIGURATION_FAILED PAC_SCRIPT_FAILED',
  ),
  'The proxy refused to connect to the server{host}.': named('TUNNEL_CONNECTION_FAILED'),
  'The proxy wants a user name and password (407).': named(
    'PROXY_AUTH_REQUESTED PROXY_AUTH_REQUESTED_WITH_NO_CONNECTION PROXY_AUTH_UNSUPPORTED UNEXPECTED_PROXY_AUTH',
  ),
  "The proxy's certificate is not trusted.": named('PROXY_CERTIFICATE_INVALID'),
  "The server's certificate has expired or is not valid yet; is this machine's clock right?": named(
    'CERT_DATE_INVALID CERT_VALIDITY_TOO_LONG',
  ),
  "The server's certificate is for another name.": named(
    'CERT_COMMON_NAME_INVALID CERT_NAME_CONSTRAINT_VIOLATION CERT_NON_UNIQUE_NAME',
  ),
  "The server's certificate was revoked.": named('CERT_REVOKED'),
  "The server's certificate is not trusted: its issuer is unknown to this machine's certificate store.":
    named(
      'CERT_AUTHORITY_INVALID CERT_SELF_SIGNED_LOCAL_NETWORK CERTIFICATE_TRANSPARENCY_REQUIRED CERT_KNOWN_INTERCEPTION_BLOCKED SSL_PINNED_KEY_NOT_IN_CERT_CHAIN',
    ),
  'The server{host} wants a client certificate.': named('SSL_CLIENT_AUTH_CERT_NEEDED'),
  'The server{host} refused the client certificate.': named(
    'BAD_SSL_CLIENT_AUTH_CERT SSL_CLIENT_AUTH_SIGNATURE_FAILED SSL_CLIENT_AUTH_CERT_NO_PRIVATE_KEY SSL_CLIENT_AUTH_PRIVATE_KEY_ACCESS_DENIED',
  ),
  'What answered does not speak HTTP.': named(
    'INVALID_HTTP_RESPONSE INVALID_RESPONSE INVALID_CHUNKED_ENCODING RESPONSE_HEADERS_TOO_BIG RESPONSE_HEADERS_MULTIPLE_CONTENT_LENGTH RESPONSE_HEADERS_MULTIPLE_LOCATION RESPONSE_HEADERS_TRUNCATED',
  ),
  'That port is closed to web requests.': named('UNSAFE_PORT'),
  'A rule on this machine blocks this address.': named('BLOCKED_BY_ADMINISTRATOR BLOCKED_BY_CLIENT'),
  'The server{host} sends from one address to the next without end.': named('TOO_MANY_REDIRECTS'),
};

interface Link {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  /** ` vendor.example`, or empty. */
  readonly host: string;
}

// From the outermost error inwards, but what is said by the inner one is nearer to the truth: inner first.
function causesOf(error: unknown): Link[] {
  const links: Link[] = [];
  const seen = new Set<unknown>();
  const visit = (thrown: unknown): void => {
    if (!(thrown instanceof Error) || seen.has(thrown) || seen.size > 10) return;
    seen.add(thrown);
    if (thrown instanceof AggregateError) for (const one of thrown.errors) visit(one);
    visit(thrown.cause);
    links.push({
      name: thrown.name,
      code: textOf(thrown, 'code'),
      message: thrown.message,
      host: hostOf(thrown),
    });
  };
  visit(error);
  return links;
}

function hostOf(error: Error): string {
  const host = textOf(error, 'hostname') || textOf(error, 'host') || textOf(error, 'address');
  return /^[\w.:-]{1,253}$/.test(host) ? ` ${host}` : '';
}

function describeCode(code: string, host: string): string | null {
  switch (code) {
    case 'ENOTFOUND':
      return `The name of the server${host} was not found (DNS).`;
    case 'EAI_AGAIN':
      return `The name of the server${host} could not be looked up (DNS does not answer); is the network there?`;
    case 'ECONNREFUSED':
      return `The server${host} refused the connection (nothing listens there).`;
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return `The connection to the server${host} broke off before an answer came.`;
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return `The server${host} did not answer in time.`;
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'ENETDOWN':
    case 'EHOSTDOWN':
    case 'EADDRNOTAVAIL':
      return `There is no way to the server${host} on this network.`;
    case 'CERT_HAS_EXPIRED':
      return "The server's certificate has expired.";
    case 'CERT_NOT_YET_VALID':
      return "The server's certificate is not valid yet; is this machine's clock right?";
    case 'CERT_REVOKED':
      return "The server's certificate was revoked.";
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
    case 'HOSTNAME_MISMATCH':
      return "The server's certificate is for another name.";
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'CERT_UNTRUSTED':
    case 'CERT_REJECTED':
    case 'INVALID_CA':
    case 'CERT_SIGNATURE_FAILURE':
      return "The server's certificate is not trusted: its issuer is unknown to this machine's certificate store.";
    case 'UND_ERR_INVALID_ARG':
      return 'The request could not be sent: a header holds a character that no header may hold.';
    default:
      break;
  }
  if (/^ERR_SSL_|^EPROTO$/.test(code)) return 'The server and Keyfob found no common way to encrypt (TLS).';
  if (code.startsWith('HPE_')) return 'What answered does not speak HTTP.';
  return null;
}

function describeText(message: string): string | null {
  const proxy = /Proxy response \(([0-9]{3})\)/.exec(message);
  if (proxy?.[1] === '407') return 'The proxy wants a user name and password (407).';
  if (proxy?.[1] !== undefined) return `The proxy refused to connect to the server (${proxy[1]}).`;
  if (message.startsWith('Response does not match the HTTP')) return 'What answered does not speak HTTP.';
  if (message === 'bad port') return 'That port is closed to web requests.';
  if (/is an invalid header value|Cannot convert argument to a ByteString/.test(message)) {
    return 'The request could not be sent: a header holds a character that no header may hold.';
  }
  return null;
}

function textOf(error: Error, field: string): string {
  const value: unknown = (error as unknown as Record<string, unknown>)[field]; // an object's field, checked here
  return typeof value === 'string' ? value : '';
}
