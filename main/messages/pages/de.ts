// What the browser's pages around a sign-in and the console say, in German.
import type { PageTexts } from './en.ts';

export const de: PageTexts = {
  needsScript: 'Diese Seite braucht JavaScript.',
  goOn: 'Weiter',
  closeTab: 'Sie können diesen Tab schließen.',
  signIn: {
    moment: 'Einen Moment',
    reading: 'Keyfob liest die Antwort der Anmeldeseite.',
    sending: 'Sie werden zur Anmeldeseite weitergeleitet.',
    almost: 'Fast fertig',
    almostText: 'Keyfob holt den Token. Das dauert einen Moment.',
    signedIn: 'Sie sind angemeldet',
    signedInText: (account) => `Angemeldet bei ${account}.`,
    failed: 'Die Anmeldung ist fehlgeschlagen',
    notTaken: 'Diese Antwort wurde nicht angenommen',
    stillWaits: 'Keyfob wartet weiter auf die richtige.',
    noAnswer: 'Diese Adresse enthält keine Antwort',
    noAnswerText: 'Keyfob wartet weiter darauf, dass die Anmeldeseite Sie hierher zurückschickt.',
    answered: 'Diese Anmeldung ist schon beantwortet',
    answeredText: 'Weitere Antworten werden nicht angenommen. Sie können diesen Tab schließen.',
    gone: 'Keyfob wartet hier nicht mehr',
    goneText:
      'Wie die Anmeldung ausging, steht im Terminal oder im Fenster von Keyfob. Sie können diesen Tab schließen.',
    paste: 'Kopieren Sie die Adresse dieser Seite',
    pasteText:
      'Kopieren Sie die ganze Adresse aus der Adressleiste, und fügen Sie sie dort ein, wo Keyfob danach fragt. Schließen Sie dann diesen Tab.',
    nothing: 'Seite nicht gefunden',
    nothingText: 'Öffnen Sie die Adresse, die Keyfob Ihnen für die Anmeldung gegeben hat.',
    used: 'Diese Adresse ist abgelaufen',
    usedText:
      'Sie gilt einmal und zehn Minuten lang. Beginnen Sie die Anmeldung noch einmal, dann bekommen Sie eine neue.',
    notPrepared: 'Die Anmeldeseite lässt sich gerade nicht öffnen',
    notPreparedText: 'Laden Sie diese Seite neu, oder beginnen Sie die Anmeldung neu.',
  },
  digits: {
    title: 'Geben Sie die sechs Ziffern ein',
    where:
      'Die Ziffern stehen unter der Adresse, die Sie bekommen haben, im Fenster von Keyfob und im Terminal, in dem Keyfob läuft.',
    ofSignIn:
      'Keyfob kann nicht erkennen, ob diese Seite zu der Anmeldung gehört, die Sie begonnen haben. Wenn Sie keine begonnen haben, schließen Sie die Seite.',
    ofConsole:
      'Keyfob kann nicht erkennen, welcher Benutzer dieses Computers die Konsole geöffnet hat. Wenn Sie es nicht waren, schließen Sie die Seite.',
    label: 'Sechs Ziffern',
    wrong: (left) =>
      `Falsche Ziffern. ${left === 1 ? 'Ein Versuch bleibt' : `${left} Versuche bleiben`} Ihnen.`,
    consoleUsed: 'Diese Adresse ist abgelaufen. Rufen Sie auf: keyfob console',
    consoleAgain: 'Öffnen Sie die Adresse der Konsole noch einmal, oder rufen Sie auf: keyfob console',
    silent: 'Keyfob antwortet nicht mehr.',
    ended: 'Diese Adresse ist abgelaufen',
    endedText:
      'Fünfmal wurden falsche Ziffern eingegeben. Beginnen Sie neu, um eine neue Adresse zu bekommen.',
  },
  otherUser: 'Diese Seite ist für einen anderen Benutzer dieses Computers',
  otherUserText:
    'Keyfob läuft unter einem anderen Benutzer als das Programm, das diese Seite geöffnet hat. Öffnen Sie die Adresse als dieser Benutzer: Sie gilt noch.',
};
