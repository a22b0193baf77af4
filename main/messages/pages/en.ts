// What the browser's pages around a sign-in and the console say, in English. The German texts have the same keys,
// which their type says.

export const en = {
  needsScript: 'This page needs JavaScript.',
  goOn: 'Continue',
  closeTab: 'You can close this tab.',
  signIn: {
    moment: 'One moment',
    reading: 'Keyfob is reading the answer of the sign-in page.',
    sending: 'You are being sent to the sign-in page.',
    almost: 'Almost done',
    almostText: 'Keyfob is fetching the token. This takes a moment.',
    signedIn: 'You are signed in',
    signedInText: (account: string) => `Signed in to ${account}.`,
    failed: 'The sign-in failed',
    notTaken: 'This answer was not accepted',
    stillWaits: 'Keyfob is still waiting for the right one.',
    noAnswer: 'This address carries no answer',
    noAnswerText: 'Keyfob is still waiting for the sign-in page to send you back here.',
    answered: 'This sign-in has already been answered',
    answeredText: 'No further answer is accepted. You can close this tab.',
    gone: 'Keyfob is no longer waiting here',
    goneText: 'The terminal or Keyfob’s window shows how the sign-in ended. You can close this tab.',
    paste: 'Copy the address of this page',
    pasteText:
      'Copy all of it from the address bar, and paste it where Keyfob asks for it. Then close this tab.',
    nothing: 'Page not found',
    nothingText: 'Open the address that Keyfob gave you for the sign-in.',
    used: 'This address has expired',
    usedText: 'It works once, and for ten minutes. Start the sign-in again to get a new one.',
    notPrepared: 'The sign-in page cannot be opened now',
    notPreparedText: 'Load this page again, or start the sign-in again.',
  },
  digits: {
    title: 'Enter the six digits',
    where:
      'The digits are shown below the address that you were given, in Keyfob’s window, and in the terminal where Keyfob runs.',
    ofSignIn:
      'Keyfob cannot tell whether this page belongs to the sign-in that you started. If you did not start one, close this page.',
    ofConsole:
      'Keyfob cannot tell which user of this machine opened its console. If it was not you, close this page.',
    label: 'Six digits',
    wrong: (left: number) => `Wrong digits. ${left === 1 ? 'One try is' : `${left} tries are`} left.`,
    consoleUsed: 'This address has expired. Run: keyfob console',
    consoleAgain: 'Open the address of the console again, or run: keyfob console',
    silent: 'Keyfob no longer answers.',
    ended: 'This address has expired',
    endedText: 'Wrong digits were entered five times. Start again to get a new address.',
  },
  otherUser: 'This page is for another user of this machine',
  otherUserText:
    'Keyfob runs as another user than the program that opened this page. Open the address as that user: it is still valid.',
};

export type PageTexts = typeof en;
