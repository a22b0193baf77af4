import { trySending } from '../sending.ts';

trySending('msmtp', '.msmtprc', (certificate) => `tls_trust_file ${certificate}`, {
  signedOut: /hq is not signed in/,
  refusal: /authentication failed/,
});
