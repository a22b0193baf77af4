// The words of the built-in profiles in German, by their English text. A profile of a person's own speaks its own
// language. A test holds this list to the profiles.

export const profilesInGerman: Readonly<Record<string, string>> = {
  'Ask Eptura for OAuth 2.0 credentials and name your redirect URI: it is one of the requirements for a client ID. A client secret may not be required.':
    'Erbitten Sie bei Eptura Zugangsdaten für OAuth 2.0 und nennen Sie Ihre Redirect-URI: ohne sie gibt es keine Client-ID. Ein Client-Secret ist nicht immer nötig.',
  'Ask iOFFICE for OAuth 2.0 credentials and name your redirect URI: it is one of the requirements for a client ID. A client secret may not be required.':
    'Erbitten Sie bei iOFFICE Zugangsdaten für OAuth 2.0 und nennen Sie Ihre Redirect-URI: ohne sie gibt es keine Client-ID. Ein Client-Secret ist nicht immer nötig.',
  'Ask your vendor for a client ID and a client secret, and for the addresses of the sign-in page and of /token. Signing in on a page wants your redirect URI to be known there.':
    'Erbitten Sie bei Ihrem Anbieter Client-ID und Client-Secret sowie die Adressen der Anmeldeseite und von /token. Für die Anmeldung auf der Seite muss Ihre Redirect-URI dort bekannt sein.',
  'Your launch engineer provides a client identifier and secret at your request, or find them in Settings → Developers → OAuth2.':
    'Ihr Launch Engineer gibt Ihnen auf Wunsch Client-ID und Secret; sie stehen auch unter Settings → Developers → OAuth2.',
  'In OfficeRnD go to Settings → Data & Extensibility → Developer Tools → Applications, add an application and set its permissions; View shows the client ID and the client secret.':
    'Legen Sie in OfficeRnD unter Settings → Data & Extensibility → Developer Tools → Applications eine Anwendung an und setzen Sie ihre Rechte; View zeigt Client-ID und Client-Secret.',
  'Register an application with your vendor; it gives you a client ID, mostly a client secret, and its addresses.':
    'Melden Sie bei Ihrem Anbieter eine Anwendung an; er gibt Ihnen eine Client-ID, meist ein Client-Secret und seine Adressen.',
  'Register an application with your identity provider; it gives you a client ID and mostly a client secret.':
    'Melden Sie bei Ihrem Identity-Provider eine Anwendung an; er gibt Ihnen eine Client-ID und meist ein Client-Secret.',
  Site: 'Site',
  'The address of your site, such as https://hq.example.com.':
    'Die Adresse Ihrer Site, etwa https://hq.example.com.',
  'Client ID': 'Client-ID',
  'Given by the vendor for your redirect URI.': 'Vom Anbieter für Ihre Redirect-URI vergeben.',
  'Redirect URI': 'Redirect-URI',
  'Exactly the one that was named when the client ID was made.':
    'Genau die, die bei der Vergabe der Client-ID genannt wurde.',
  'Client secret': 'Client-Secret',
  'Kept if you have one; the vendor names no place to send it.':
    'Wird hinterlegt, falls Sie eines haben; der Anbieter nennt keinen Ort, an den es zu senden wäre.',
  Scope: 'Scope',
  'email, or any other text.': 'email oder ein anderer Text.',
  'User name': 'Benutzername',
  'Of the person who signs in.': 'Der Person, die sich anmeldet.',
  Password: 'Passwort',
  'Used to sign in without a page, and tried once more when the vendor ends the sign-in.':
    'Für die Anmeldung ohne Seite; einmal erneut versucht, wenn der Anbieter die Anmeldung beendet.',
  'Token goes into': 'Token steht in',
  'The header x-access-token, or the query parameter access_token.':
    'Im Header x-access-token oder im Query-Parameter access_token.',
  'Sign-in page': 'Anmeldeseite',
  'The address that people are sent to; a query in it is kept.':
    'Die Adresse, zu der man geschickt wird; eine Query darin bleibt erhalten.',
  'Token URL': 'Token-URL',
  'The address of /token.': 'Die Adresse von /token.',
  'Left out: Keyfob’s own.': 'Leer: die von Keyfob.',
  'Only where the vendor names one.': 'Nur, wo der Anbieter einen nennt.',
  'Tried once more by itself when the vendor ends the sign-in.':
    'Wird einmal von selbst erneut versucht, wenn der Anbieter die Anmeldung beendet.',
  'Server address': 'Serveradresse',
  'The host of your organization’s server, such as api.example.com.':
    'Der Host des Servers Ihrer Organisation, etwa api.example.com.',
  'Credentials go into': 'Zugangsdaten stehen in',
  'basic: the Authorization header. query: the address, which is less safe.':
    'basic: im Authorization-Header. query: in der Adresse, was weniger sicher ist.',
  'What the token may do, separated by blanks: officernd.api.read officernd.api.write. The application’s permissions bound it.':
    'Was der Token darf, durch Leerzeichen getrennt: officernd.api.read officernd.api.write. Die Rechte der Anwendung begrenzen es.',
  'Authorization URL': 'Autorisierungs-URL',
  'Revocation URL': 'Widerrufs-URL',
  'RFC 7009, where the vendor has it.': 'RFC 7009, wo der Anbieter es kennt.',
  'Device authorization URL': 'URL der Geräteautorisierung',
  'RFC 8628, for device_code.': 'RFC 8628, für device_code.',
  'None for a public client.': 'Keines bei einem öffentlichen Client.',
  'Client authentication': 'Client-Authentisierung',
  'basic: HTTP Basic. post: in the body. none: the client ID alone.':
    'basic: HTTP Basic. post: im Rumpf. none: nur die Client-ID.',
  'Separated by blanks.': 'Durch Leerzeichen getrennt.',
  Issuer: 'Issuer',
  'The provider’s address; its metadata is found below it.':
    'Die Adresse des Providers; seine Metadaten liegen darunter.',
  'Separated by blanks; many vendors give a refresh token for offline_access alone.':
    'Durch Leerzeichen getrennt; viele Anbieter geben ein Refresh-Token nur für offline_access.',
};
