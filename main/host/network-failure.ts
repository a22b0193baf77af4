// Why a fetch failed.
//
// Invariant: nothing here holds an address's path or query, or anything that was sent: hosts and ports at
// most, as the failure itself names them.
import { message, type Message } from '../api/problems/index.ts';

/** Says why no answer came, from what fetch threw (Node's codes, OpenSSL's and Chromium's). */
export function describeNetworkFailure(error: unknown): Message {
  const chain = causesOf(error);
  for (const { code, text, host } of chain) {
    const known =
      describeChromiumFailure(/^(?:net::)?(ERR_\w+)/.exec(text)?.[1] ?? code, host) ??
      describeCode(code, host) ??
      describeText(text);
    if (known !== null) return known;
  }
  for (const { name } of chain) {
    if (name === 'TimeoutError') return message('server_silent', { host: '' });
    if (name === 'AbortError') return message('request_given_up', {});
  }
  const code = chain.map((link) => link.code).find((found) => /^[A-Z][A-Z0-9_]+$/.test(found));
  return code === undefined
    ? message('server_unreachable', {})
    : message('server_unreachable_code', { code });
}

/**
 * Says what one of Chromium's net errors (`ERR_NAME_NOT_RESOLVED`; net/base/net_error_list.h) means, or null
 * for one that says nothing to a person. `host` is the server's, or empty.
 */
export function describeChromiumFailure(name: string, host = ''): Message | null {
  for (const [reason, names] of Object.entries(chromiumOfServer)) {
    // The keys of the table.
    if (names.has(name)) return message(reason as ServerReason, { host });
  }
  for (const [reason, names] of Object.entries(chromium)) {
    if (names.has(name)) return message(reason as PlainReason, {});
  }
  return name.startsWith('ERR_CERT') ? message('certificate_not_trusted', {}) : null;
}

/** What names the server, and what does not. */
type ServerReason = keyof typeof chromiumOfServer;
type PlainReason = keyof typeof chromium;

const named = (names: string): ReadonlySet<string> =>
  new Set(names.split(/\s+/).map((name) => `ERR_${name}`));

// Reason to the errors that it stands for.
const chromiumOfServer = {
  server_not_found: named('NAME_NOT_RESOLVED ICANN_NAME_COLLISION'),
  server_not_looked_up: named(
    'NAME_RESOLUTION_FAILED DNS_TIMED_OUT DNS_SERVER_FAILED DNS_MALFORMED_RESPONSE DNS_SERVER_REQUIRES_TCP',
  ),
  server_refused: named('CONNECTION_REFUSED'),
  server_broke_off: named(
    'CONNECTION_RESET CONNECTION_CLOSED CONNECTION_ABORTED CONNECTION_FAILED EMPTY_RESPONSE SOCKET_NOT_CONNECTED CONTENT_LENGTH_MISMATCH INCOMPLETE_CHUNKED_ENCODING HTTP2_PROTOCOL_ERROR HTTP2_PING_FAILED QUIC_PROTOCOL_ERROR',
  ),
  server_silent: named('CONNECTION_TIMED_OUT TIMED_OUT'),
  no_way_to_server: named('ADDRESS_UNREACHABLE ADDRESS_INVALID NETWORK_ACCESS_DENIED'),
  proxy_refused: named('TUNNEL_CONNECTION_FAILED'),
  client_certificate_wanted: named('SSL_CLIENT_AUTH_CERT_NEEDED'),
  client_certificate_refused: named(
    'BAD_SSL_CLIENT_AUTH_CERT SSL_CLIENT_AUTH_SIGNATURE_FAILED SSL_CLIENT_AUTH_CERT_NO_PRIVATE_KEY SSL_CLIENT_AUTH_PRIVATE_KEY_ACCESS_DENIED',
  ),
  endless_redirects: named('TOO_MANY_REDIRECTS'),
} as const;

const chromium = {
  no_network: named('INTERNET_DISCONNECTED'),
  network_changed: named('NETWORK_CHANGED NETWORK_IO_SUSPENDED'),
  proxy_unreachable: named(
    'PROXY_CONNECTION_FAILED SOCKS_CONNECTION_FAILED SOCKS_CONNECTION_HOST_UNREACHABLE NO_SUPPORTED_PROXIES MANDATORY_PROXY_CONFIGURATION_FAILED PAC_SCRIPT_FAILED',
  ),
  proxy_wants_password: named(
    'PROXY_AUTH_REQUESTED PROXY_AUTH_REQUESTED_WITH_NO_CONNECTION PROXY_AUTH_UNSUPPORTED UNEXPECTED_PROXY_AUTH',
  ),
  proxy_not_trusted: named('PROXY_CERTIFICATE_INVALID'),
  certificate_date: named('CERT_DATE_INVALID CERT_VALIDITY_TOO_LONG'),
  certificate_other_name: named(
    'CERT_COMMON_NAME_INVALID CERT_NAME_CONSTRAINT_VIOLATION CERT_NON_UNIQUE_NAME',
  ),
  certificate_revoked: named('CERT_REVOKED'),
  certificate_unknown_issuer: named(
    'CERT_AUTHORITY_INVALID CERT_SELF_SIGNED_LOCAL_NETWORK CERTIFICATE_TRANSPARENCY_REQUIRED CERT_KNOWN_INTERCEPTION_BLOCKED SSL_PINNED_KEY_NOT_IN_CERT_CHAIN',
  ),
  not_http: named(
    'INVALID_HTTP_RESPONSE INVALID_RESPONSE INVALID_CHUNKED_ENCODING RESPONSE_HEADERS_TOO_BIG RESPONSE_HEADERS_MULTIPLE_CONTENT_LENGTH RESPONSE_HEADERS_MULTIPLE_LOCATION RESPONSE_HEADERS_TRUNCATED',
  ),
  port_closed_to_web: named('UNSAFE_PORT'),
  address_blocked: named('BLOCKED_BY_ADMINISTRATOR BLOCKED_BY_CLIENT'),
} as const;

interface Link {
  readonly name: string;
  readonly code: string;
  readonly text: string;
  /** `vendor.example`, or empty. */
  readonly host: string;
}

// From the outermost error inwards, but what is said by the inner one is nearer to the truth: inner first.
function causesOf(error: unknown): Link[] {
  const links: Link[] = [];
  const seen = new Set<unknown>();
  const walk = (thrown: unknown): void => {
    if (!(thrown instanceof Error) || seen.has(thrown) || seen.size > 10) return;
    seen.add(thrown);
    if (thrown instanceof AggregateError) for (const one of thrown.errors) walk(one);
    walk(thrown.cause);
    links.push({
      name: thrown.name,
      code: textOf(thrown, 'code'),
      text: thrown.message,
      host: hostOf(thrown),
    });
  };
  walk(error);
  return links;
}

function hostOf(error: Error): string {
  const host = textOf(error, 'hostname') || textOf(error, 'host') || textOf(error, 'address');
  return /^[\w.:-]{1,253}$/.test(host) ? host : '';
}

function describeCode(code: string, host: string): Message | null {
  switch (code) {
    case 'ENOTFOUND':
      return message('server_not_found', { host });
    case 'EAI_AGAIN':
      return message('server_not_looked_up', { host });
    case 'ECONNREFUSED':
      return message('server_refused', { host });
    case 'ECONNRESET':
    case 'EPIPE':
      return message('server_broke_off', { host });
    case 'ETIMEDOUT':
      return message('server_silent', { host });
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'ENETDOWN':
    case 'EHOSTDOWN':
    case 'EADDRNOTAVAIL':
      return message('no_way_to_server', { host });
    case 'CERT_HAS_EXPIRED':
      return message('certificate_ended', {});
    case 'CERT_NOT_YET_VALID':
      return message('certificate_too_early', {});
    case 'CERT_REVOKED':
      return message('certificate_revoked', {});
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
    case 'HOSTNAME_MISMATCH':
      return message('certificate_other_name', {});
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'CERT_UNTRUSTED':
    case 'CERT_REJECTED':
    case 'INVALID_CA':
    case 'CERT_SIGNATURE_FAILURE':
      return message('certificate_unknown_issuer', {});
    default:
      break;
  }
  if (/^ERR_SSL_|^EPROTO$/.test(code)) return message('no_common_tls', {});
  // Of the parser, or of what was said to be compressed.
  if (/^(?:HPE|Z)_/.test(code)) return message('not_http', {});
  return null;
}

/** From the words of http-fetch.ts and of the Headers of the platform, which give no code. */
function describeText(text: string): Message | null {
  const proxy = /Proxy response \(([0-9]{3})\)/.exec(text);
  if (proxy?.[1] === '407') return message('proxy_wants_password', {});
  if (proxy?.[1] !== undefined) return message('proxy_refused_status', { status: proxy[1] });
  if (/is an invalid header value|Cannot convert argument to a ByteString/.test(text)) {
    return message('header_unsendable', {});
  }
  return null;
}

function textOf(error: Error, field: string): string {
  const value: unknown = (error as unknown as Record<string, unknown>)[field]; // an object's field, checked here
  return typeof value === 'string' ? value : '';
}
