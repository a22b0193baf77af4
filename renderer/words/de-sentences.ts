// The host's own sentences in German, by their English text: why a vault was chosen, what is wrong with a field,
// what an account's notice says. What is not here is shown as the host wrote it, marked as English.

export const sentencesInGerman: Readonly<Record<string, string>> = {
  'It was asked for by name.': 'Er wurde ausdrücklich verlangt.',
  'The accounts of this home are kept there.': 'Die Konten liegen dort.',
  'A passphrase file was given, and no vault was named.':
    'Eine Datei mit der Passphrase wurde angegeben und kein Tresor genannt.',
  'The system keychain works, and no vault was named.':
    'Der Schlüsselbund des Systems arbeitet, und kein Tresor wurde genannt.',
  'No keychain can be used, and no passphrase file was given.':
    'Kein Schlüsselbund ist benutzbar, und keine Datei mit einer Passphrase wurde angegeben.',
  'The secrets were moved there.': 'Die Geheimnisse sind dorthin umgezogen.',
  'This token cannot be renewed without you: sign in again when it ends.':
    'Dieser Token lässt sich ohne Sie nicht erneuern: melden Sie sich neu an, wenn er endet.',
  'must not hold blanks': 'darf keine Leerzeichen enthalten',
  'is not a URL; it must look like https://example.com/path':
    'ist keine URL; sie sieht aus wie https://example.com/path',
  'must not hold a user name or password': 'darf weder Benutzernamen noch Passwort enthalten',
  'must not have a fragment (#…)': 'darf kein Fragment (#…) haben',
  'must begin with https://; http:// is taken for this machine (127.0.0.1, localhost, [::1]) only':
    'muss mit https:// beginnen; http:// geht nur für diesen Rechner (127.0.0.1, localhost, [::1])',
  'must begin with https://': 'muss mit https:// beginnen',
  'must not have a query (?…): paths are added to it':
    'darf keine Query (?…) haben: Pfade werden daran angefügt',
  'is not a URL; it must look like https://example.com/callback or com.example.app:/callback':
    'ist keine URL; sie sieht aus wie https://example.com/callback oder com.example.app:/callback',
  'has a scheme of its own without a dot; a private-use scheme looks like com.example.app:/callback':
    'hat ein eigenes Schema ohne Punkt; ein privates Schema sieht aus wie com.example.app:/callback',
  'must be a host, such as api.example.com': 'muss ein Host sein, etwa api.example.com',
  'must not hold control characters or line ends': 'darf weder Steuerzeichen noch Zeilenenden enthalten',
  'must not be blank': 'darf nicht leer sein',
};
