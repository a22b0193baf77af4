// A public client: its id alone, among the parameters (RFC 6749 section 3.2.1).
import * as oauth from 'oauth4webapi';
import type { ClientAuthMethod } from './method.ts';

export const none: ClientAuthMethod = { possible: () => true, authenticate: () => oauth.None() };
