// A GET as a browser without a window makes it: redirects are not followed.
import http from 'node:http';

export interface Fetched {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

export function httpFetch(url: string): Promise<Fetched> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent: false }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (piece: string) => (text += piece));
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text }),
      );
      incoming.on('error', reject);
    });
    request.on('error', reject);
  });
}
