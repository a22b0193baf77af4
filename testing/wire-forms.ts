// The wire forms of the vendors, request by request, as their documents describe them. Bodies, where there
// are any, follow the blank line. `Accept` is the one header that no document names: it asks for JSON.

/** "Using OAuth 2.0 to Access the API", Eptura and iOFFICE knowledge centers. */
export const eptura = {
  direct: `POST https://hq.example.com/external/api/oauth2/auth
accept: application/json
content-type: application/json
x-auth-password: p:ss w%rd ü
x-auth-username: jürgen
x-client-id: client-1
x-redirect-uri: https://app.example.com/cb?tenant=1
x-scope: email
`,
  code: `POST https://hq.example.com/external/api/oauth2/token
accept: application/json
content-type: application/json
x-auth-code: AbC/+=
x-client-id: client-1
x-grant-type: authorization_code
x-redirect-uri: https://app.example.com/cb?tenant=1
x-scope: email
`,
  refresh: `POST https://hq.example.com/external/api/oauth2/token
accept: application/json
content-type: application/json
x-client-id: client-1
x-grant-type: refresh_token
x-redirect-uri: https://app.example.com/cb?tenant=1
x-refresh-token: r1/+=%3d
x-scope: email
`,
  revoke: `POST https://hq.example.com/external/api/oauth2/revoke
accept: application/json
content-type: application/json
x-token: a1
`,
  granted: { token_type: 'Bearer', access_token: 'a1', expires_in: 3_600_000, refresh_token: 'r1/+=%3d' },
};

/** iOFFICE of 2019 lists neither redirect URI nor scope for the direct request; all else is the same. */
export const ioffice = {
  direct: `POST https://hq.example.com/external/api/oauth2/auth
accept: application/json
content-type: application/json
x-auth-password: p:ss w%rd ü
x-auth-username: jürgen
x-client-id: client-1
`,
};

/** The JSON-body vendor's page: the example bodies of options 1, 3, 4 and 5, byte for byte but for blanks. */
export const json = {
  code: `POST https://api.example.com/token
accept: application/json
content-type: application/json

{"grant_type":"authorization_code","client_id":"BA779C49-4D93-4785-9596-25805A24C5DC","client_secret":"4AD3CE00-8ED5-4F0A-A979-ACE64A15207C","code":"kfVaG3IPc7hb2Vi2pgOI_9GNBSJurR6PFdXF2LesNNDyiF1XDwQHgEtkMNwlH7OB9DL8k1bbWHaHab76mw6qOeM9V2sy36rRZHYSahMBXPo%3D"}`,
  password: `POST https://api.example.com/token
accept: application/json
content-type: application/json

{"grant_type":"password","client_id":"BA779C49-4D93-4785-9596-25805A24C5DC","client_secret":"4AD3CE00-8ED5-4F0A-A979-ACE64A15207C","username":"jsmith","password":"password123"}`,
  clientCredentials: `POST https://api.example.com/token
accept: application/json
content-type: application/json

{"grant_type":"client_credentials","client_id":"BA779C49-4D93-4785-9596-25805A24C5DC","client_secret":"4AD3CE00-8ED5-4F0A-A979-ACE64A15207C"}`,
  refresh: `POST https://api.example.com/token
accept: application/json
content-type: application/json

{"grant_type":"refresh_token","client_id":"BA779C49-4D93-4785-9596-25805A24C5DC","client_secret":"4AD3CE00-8ED5-4F0A-A979-ACE64A15207C","refresh_token":"C0fJeyBPMXOTuSThwUh2S0Vq83ezkMTjoIDroK9LCNCy7jscLkWXCvsuidxhF9t_FGHpo-_gUgi5J7eUejpfEgw3SQXHstBaDR0eauY2s3g%3d"}`,
  redirectCode:
    'kfVaG3IPc7hb2Vi2pgOI_9GNBSJurR6PFdXF2LesNNDyiF1XDwQHgEtkMNwlH7OB9DL8k1bbWHaHab76mw6qOeM9V2sy36rRZHYSahMBXPo%3D',
  refreshToken:
    'C0fJeyBPMXOTuSThwUh2S0Vq83ezkMTjoIDroK9LCNCy7jscLkWXCvsuidxhF9t_FGHpo-_gUgi5J7eUejpfEgw3SQXHstBaDR0eauY2s3g%3d',
};

/** Organization API's "Authentication": both ways, both legs. The secret is s:/+% ü. */
export const organization = {
  basic: `POST https://org.example.com/oauth2/token
accept: application/json
authorization: Basic Y2xpZW50LTE6czovKyUgw7w=
content-type: application/x-www-form-urlencoded

grant_type=client_credentials`,
  basicRefresh: `POST https://org.example.com/oauth2/token
accept: application/json
authorization: Basic Y2xpZW50LTE6czovKyUgw7w=
content-type: application/x-www-form-urlencoded

refresh_token=r%2F%2B%3D%253d&grant_type=refresh_token`,
  query: `POST https://org.example.com/oauth2/token?grant_type=client_credentials&client_id=client-1&client_secret=s%3A%2F%2B%25%20%C3%BC
accept: application/json
`,
  queryRefresh: `POST https://org.example.com/oauth2/token?refresh_token=r%2F%2B%3D%253d&grant_type=refresh_token&client_id=client-1&client_secret=s%3A%2F%2B%25%20%C3%BC
accept: application/json
`,
};

/** OfficeRnD's "How to Generate an OAuth 2 Token". */
export const officernd = {
  token: `POST https://identity.officernd.com/oauth/token
accept: application/json
content-type: application/x-www-form-urlencoded

client_id=client-1&client_secret=s%3A%2F%2B%25&grant_type=client_credentials&scope=officernd.api.read+officernd.api.write`,
};

/** RFC 6749 with a client whose id and secret want encoding: `client:1` and `: / + % ü`. */
export const standard = {
  /** Section 2.3.1: each part form-encoded, then joined by a colon: client%3A1:%3A+%2F+%2B+%25+%C3%BC. */
  basic: 'authorization: Basic Y2xpZW50JTNBMTolM0ErJTJGKyUyQislMjUrJUMzJUJD',
  code: `POST https://auth.example.com/token
accept: application/json
authorization: Basic Y2xpZW50JTNBMTolM0ErJTJGKyUyQislMjUrJUMzJUJD
content-type: application/x-www-form-urlencoded

redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb&code=c%2F1%3D&code_verifier=0123456789012345678901234567890123456789abc&grant_type=authorization_code`,
  codePost: `POST https://auth.example.com/token
accept: application/json
content-type: application/x-www-form-urlencoded

redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb&code=c%2F1%3D&code_verifier=0123456789012345678901234567890123456789abc&grant_type=authorization_code&client_id=client%3A1&client_secret=%3A+%2F+%2B+%25+%C3%BC`,
  codeNone: `POST https://auth.example.com/token
accept: application/json
content-type: application/x-www-form-urlencoded

redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb&code=c%2F1%3D&code_verifier=0123456789012345678901234567890123456789abc&grant_type=authorization_code&client_id=client%3A1`,
  refresh: `POST https://auth.example.com/token
accept: application/json
authorization: Basic Y2xpZW50JTNBMTolM0ErJTJGKyUyQislMjUrJUMzJUJD
content-type: application/x-www-form-urlencoded

refresh_token=r1&grant_type=refresh_token`,
  password: `POST https://auth.example.com/token
accept: application/json
authorization: Basic Y2xpZW50JTNBMTolM0ErJTJGKyUyQislMjUrJUMzJUJD
content-type: application/x-www-form-urlencoded

username=j%C3%BCrgen&password=a%26b%3Dc&scope=one+two&grant_type=password`,
  clientCredentials: `POST https://auth.example.com/token
accept: application/json
authorization: Basic Y2xpZW50JTNBMTolM0ErJTJGKyUyQislMjUrJUMzJUJD
content-type: application/x-www-form-urlencoded

scope=one+two&grant_type=client_credentials`,
  revokeRefreshToken: `POST https://auth.example.com/revoke
accept: application/json
authorization: Basic Y2xpZW50JTNBMTolM0ErJTJGKyUyQislMjUrJUMzJUJD
content-type: application/x-www-form-urlencoded

token=r1&token_type_hint=refresh_token`,
  revokeAccessToken: `POST https://auth.example.com/revoke
accept: application/json
authorization: Basic Y2xpZW50JTNBMTolM0ErJTJGKyUyQislMjUrJUMzJUJD
content-type: application/x-www-form-urlencoded

token=a1&token_type_hint=access_token`,
};
