// The words of the built-in profiles in German, by their English text. A profile of a person's own speaks its own
// language. A test holds this list to the profiles.

/** How a text stands in the list: whole, or by its beginning and length, which keeps the window small. */
export function profileKey(text: string): string {
  return text.length > 32 ? `${text.slice(0, 20)}…${String(text.length)}` : text;
}

export const profilesInGerman: Readonly<Record<string, string>> = {
  'Ask Eptura for OAuth…148':
    'Erbitten Sie bei Eptura Zugangsdaten für OAuth 2.0 und nennen Sie Ihre Redirect-URI: ohne sie gibt es keine Client-ID. Ein Client-Secret ist nicht immer nötig.',
  'Ask iOFFICE for OAut…149':
    'Erbitten Sie bei iOFFICE Zugangsdaten für OAuth 2.0 und nennen Sie Ihre Redirect-URI: ohne sie gibt es keine Client-ID. Ein Client-Secret ist nicht immer nötig.',
  'Ask your vendor for …173':
    'Erbitten Sie bei Ihrem Anbieter Client-ID und Client-Secret sowie die Adressen der Anmeldeseite und von /token. Für die Anmeldung auf der Seite muss Ihre Redirect-URI dort bekannt sein.',
  'Your launch engineer…125':
    'Ihr Launch Engineer gibt Ihnen auf Wunsch Client-ID und Secret; sie stehen auch unter Settings → Developers → OAuth2.',
  'In OfficeRnD go to S…176':
    'Legen Sie in OfficeRnD unter Settings → Data & Extensibility → Developer Tools → Applications eine Anwendung an und setzen Sie ihre Rechte; View zeigt Client-ID und Client-Secret.',
  'Register an applicat…110':
    'Melden Sie bei Ihrem Anbieter eine Anwendung an; er gibt Ihnen eine Client-ID, meist ein Client-Secret und seine Adressen.',
  'Register an applicat…105':
    'Melden Sie bei Ihrem Identity-Provider eine Anwendung an; er gibt Ihnen eine Client-ID und meist ein Client-Secret.',
  Site: 'Site',
  'The address of your …57': 'Die Adresse Ihrer Site, etwa https://hq.example.com.',
  'Client ID': 'Client-ID',
  'Given by the vendor …42': 'Vom Anbieter für Ihre Redirect-URI vergeben.',
  'Redirect URI': 'Redirect-URI',
  'Exactly the one that…59': 'Genau die, die bei der Vergabe der Client-ID genannt wurde.',
  'Client secret': 'Client-Secret',
  'Kept if you have one…59':
    'Wird hinterlegt, falls Sie eines haben; der Anbieter nennt keinen Ort, an den es zu senden wäre.',
  Scope: 'Scope',
  'email, or any other text.': 'email oder ein anderer Text.',
  'User name': 'Benutzername',
  'Of the person who signs in.': 'Der Person, die sich anmeldet.',
  Password: 'Passwort',
  'Used to sign in with…85':
    'Für die Anmeldung ohne Seite; einmal erneut versucht, wenn der Anbieter die Anmeldung beendet.',
  'Token goes into': 'Token steht in',
  'The header x-access-…63': 'Im Header x-access-token oder im Query-Parameter access_token.',
  'Sign-in page': 'Anmeldeseite',
  'The address that peo…59': 'Die Adresse, zu der man geschickt wird; eine Query darin bleibt erhalten.',
  'Token URL': 'Token-URL',
  'The address of /token.': 'Die Adresse von /token.',
  'Left out: Keyfob’s own.': 'Leer: die von Keyfob.',
  'Only where the vendor names one.': 'Nur, wo der Anbieter einen nennt.',
  'Tried once more by i…59':
    'Wird einmal von selbst erneut versucht, wenn der Anbieter die Anmeldung beendet.',
  'Server address': 'Serveradresse',
  'The host of your org…64': 'Der Host des Servers Ihrer Organisation, etwa api.example.com.',
  'Credentials go into': 'Zugangsdaten stehen in',
  'basic: the Authoriza…72': 'basic: im Authorization-Header. query: in der Adresse, was weniger sicher ist.',
  'What the token may d…123':
    'Was der Token darf, durch Leerzeichen getrennt: officernd.api.read officernd.api.write. Die Rechte der Anwendung begrenzen es.',
  'Authorization URL': 'Autorisierungs-URL',
  'Revocation URL': 'Widerrufs-URL',
  'RFC 7009, where the …34': 'RFC 7009, wo der Anbieter es kennt.',
  'Device authorization URL': 'URL der Geräteautorisierung',
  'RFC 8628, for device_code.': 'RFC 8628, für device_code.',
  'None for a public client.': 'Keines bei einem öffentlichen Client.',
  'Client authentication': 'Client-Authentisierung',
  'basic: HTTP Basic. p…64': 'basic: HTTP Basic. post: im Rumpf. none: nur die Client-ID.',
  'Separated by blanks.': 'Durch Leerzeichen getrennt.',
  Issuer: 'Issuer',
  'The provider’s addre…55': 'Die Adresse des Providers; seine Metadaten liegen darunter.',
  'Separated by blanks;…80':
    'Durch Leerzeichen getrennt; viele Anbieter geben ein Refresh-Token nur für offline_access.',
};
