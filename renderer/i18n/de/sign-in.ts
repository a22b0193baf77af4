// Texts of a sign-in.
import type { Translation } from '../en/index.ts';

export const signIn: Translation['signIn'] = {
  title: (name) => `Anmelden: ${name}`,
  steps: 'Schritte',
  page_opened: 'Anmeldeseite geöffnet',
  redirect_caught: 'Weiterleitung empfangen',
  code_exchanged: 'Code gegen Token getauscht',
  token_kept: 'Token im Tresor hinterlegt',
  doing: {
    page_opened: 'Anmeldeseite öffnen',
    redirect_caught: 'Wartet auf Ihre Anmeldung',
    code_exchanged: 'Code wird gegen Token getauscht',
    token_kept: 'Token wird im Tresor hinterlegt',
  },
  done: 'erledigt',
  running: 'läuft',
  waiting: 'noch nicht',
  failed: 'gescheitert',
  open: 'Anmeldeseite öffnen',
  openHint: 'Melden Sie sich dort an und kommen Sie zurück: diese Seite geht von selbst weiter.',
  pasteHint:
    'Melden Sie sich dort an. Die Seite am Ende öffnet sich vielleicht nicht: fügen Sie ihre Adresse hier ein.',
  inWindow: 'Melden Sie sich im Fenster an, das sich geöffnet hat.',
  inBrowserNow: 'Melden Sie sich im Browser an und kommen Sie zurück: diese Seite geht von selbst weiter.',
  inBrowser: 'Stattdessen den Browser nehmen',
  userCode: 'Geben Sie dort diesen Code ein:',
  byPhone: 'Oder öffnen Sie die Seite mit dem Handy:',
  qrCode: 'QR-Code der Anmeldeseite',
  confirmationCode: 'Falls die Seite nach sechs Ziffern fragt:',
  paste: 'Adresse, zu der Sie gelangt sind',
  pasteHelp:
    'Endet die Seite mit einem Fehler oder leer, fügen Sie hier ihre ganze Adresse ein; zeigt sie einen Code, den Code.',
  pasteSubmit: 'Diese Adresse nehmen',
  pasteInstead: 'Stattdessen die Adresse einfügen',
  timeLeft: (time) => `Noch ${time} für die Anmeldung.`,
  doneTitle: (name) => `${name} ist angemeldet`,
  doneText: 'Keyfob bewahrt den Token auf und erneuert ihn selbst.',
  doneOnce:
    'Keyfob bewahrt den Token auf, bis er abläuft. Dann melden Sie sich neu an: erneuern lässt er sich nicht.',
  toAccount: 'Zum Konto',
  keptNothing: 'Kein Token wurde hinterlegt. Das Konto bleibt in der Liste.',
  failing: {
    page_opened: 'Die Anmeldeseite ließ sich nicht öffnen',
    redirect_caught: 'Nicht angemeldet',
    code_exchanged: 'Der Code wurde nicht gegen einen Token getauscht',
    token_kept: 'Der Token wurde nicht hinterlegt',
  },
  direct: {
    done: 'Token vom Anbieter erhalten',
    doing: 'Der Anbieter wird um einen Token gebeten',
    failed: 'Kein Token vom Anbieter',
  },
  implicit: {
    done: 'Token mit der Weiterleitung erhalten',
    doing: 'Token wird aus der Weiterleitung gelesen',
    failed: 'Kein Token in der Weiterleitung',
  },
  device: {
    done: 'Auf dem anderen Gerät bestätigt',
    doing: 'Wartet, bis Sie den Code eingeben',
    failed: 'Nicht bestätigt',
  },
  practice: 'Das ist der Übungsanbieter. Melden Sie sich dort an als:',
  practiceName: 'Benutzername',
  practicePassword: 'Passwort',
  change: 'Angaben ändern',
};
