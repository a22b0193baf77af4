// The proxy of an account's API, as `keyfob proxy` runs it.
export { openProxy, type Proxy } from './server.ts';
export { createTokens } from './tokens.ts';
export { openNetwork } from '../platform/network.ts';
