// What a new provider profile begins with: a plain OAuth 2.0 vendor, to be filled in.

export const newProfile = `{
  "id": "my-vendor",
  "name": "My vendor",
  "credentials_help": "Where a person gets a client ID and secret.",
  "fields": {
    "client_id": { "label": "Client ID", "binds_tokens": true },
    "client_secret": { "label": "Client secret", "secret": true },
    "scope": { "label": "Scope", "kind": "scope" }
  },
  "grants": {
    "client_credentials": {
      "required": ["client_id", "client_secret"],
      "optional": ["scope"],
      "renewal": ["client_credentials"]
    }
  },
  "default_grant": "client_credentials",
  "token": {
    "url": "https://vendor.example.com/oauth/token",
    "in": "form"
  },
  "client_auth": "basic_rfc6749",
  "lifetime_unit": "seconds",
  "refresh_token": "single_use",
  "refresh_when": "ahead",
  "api": { "header": "Authorization", "scheme": "Bearer" }
}
`;

/** The text of a built-in profile under an id and a name that are free to take. */
export function copyOf(text: string, name: string): string {
  const profile = JSON.parse(text) as { readonly id: string };
  return `${JSON.stringify({ ...profile, id: `my-${profile.id}`, name }, undefined, 2)}\n`;
}
