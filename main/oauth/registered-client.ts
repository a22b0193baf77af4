// A client that a vendor has registered by itself (RFC 7591), as the vault keeps it, and what a profile says of it.
import { z } from 'zod';
import { clientAuthIds } from './client-auth/index.ts';
import { choice, template, text } from './profile-values.ts';

/** A client that a vendor has registered, as the vault keeps it. */
export const registeredClient = z.object({
  client_id: z.string().min(1),
  client_secret: z.string().min(1).optional(),
  /** Unix seconds at which the secret ends; left out: never. */
  expires_at: z.number().optional(),
  /** The redirect URI that it was registered with; null: its grant needs none. */
  redirect_uri: z.string().nullable(),
  /** How it shows itself, where the vendor chose another way than was asked for. */
  client_auth: z.enum(clientAuthIds).optional(),
});
export type RegisteredClient = z.infer<typeof registeredClient>;

/** An account without a client ID gets a client of its own, at its first sign-in. */
export const registration = z.strictObject({
  /** Left out: the issuer's metadata names it. */
  url: choice(template).optional(),
  /** More metadata of the client, over the standard ones; texts are templates. */
  metadata: z.record(text, z.union([template, z.boolean(), z.array(text)])).optional(),
});
