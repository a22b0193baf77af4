// HTTP Basic as some vendors read it: with one of the two alone.
import { basic } from './method.ts';

/** The id and an empty password: a public client that has to show itself in the header all the same. */
export const basicEmptySecret = basic((id) => [id, ''], false);
/** The secret as the user name, and an empty password. */
export const basicSecretAsUser = basic((_id, secret) => [secret, '']);
/** An empty user name, and the secret as the password. */
export const basicSecretAsPassword = basic((_id, secret) => ['', secret]);
