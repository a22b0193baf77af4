// Answers of a vendor that hold the secret, for what reads them and for what keeps them.
import { secret } from './harness.ts';

export const jwt = [
  '{"alg":"RS256","kid":"1"}',
  `{"iss":"https://id.example.com","aud":"me","exp":2000000000,"s":"${secret}"}`,
]
  .map((one) => Buffer.from(one).toString('base64url'))
  .concat('c2ln')
  .join('.');

export const tokenAnswer = {
  access_token: secret,
  token_type: 'Bearer',
  expires_in: 3600,
  refresh_token: secret,
  scope: 'a b',
  id_token: jwt,
  expires_at: '2026-01-01T00:00:00Z',
};

export const answerTexts = [
  JSON.stringify(tokenAnswer),
  `access_token=${secret}&token_type=bearer&expires_in=60`,
  JSON.stringify({ error: 'invalid_grant', error_description: `gone: ${secret}` }),
  JSON.stringify({ error: { code: 7, message: secret } }),
  `<!doctype html><title>${secret}</title>`,
];
