import { trySending } from '../sending.ts';

trySending('mutt', '.muttrc', (certificate) => `set certificate_file = "${certificate}"`, {
  signedOut: /refresh command|OAUTH|not signed in/i,
  refusal: /authentication failed/i,
});
