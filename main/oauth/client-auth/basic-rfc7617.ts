// HTTP Basic as HTTP knows it: id and secret as they are (RFC 7617 section 2).
import { basic } from './method.ts';

export const basicRfc7617 = basic((id, secret) => [id, secret]);
