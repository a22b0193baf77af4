// A request to a vendor's API with a token in it, where the vendor wants it.
//
// Invariants: a token goes to the origin that was asked and to no other; a body is sent a second time only
// when it can be; whatever the caller put in the same place is replaced by the token.

/** Where a token goes: as `GET /v1/token` says. */
export interface Placement {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

/** Sends a request with the token in it, by `fetch`. */
export function sendWithToken(
  fetch: typeof globalThis.fetch,
  input: string | URL,
  init: RequestInit,
  { headers: tokenHeaders, query }: Placement,
): Promise<Response> {
  const url = new URL(input);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const headers = new Headers(init.headers);
  for (const [name, value] of Object.entries(tokenHeaders)) headers.set(name, value);
  // fetch takes Authorization off when a redirect leads to another origin, and no other header.
  const redirect = Object.keys(tokenHeaders).every((name) => name.toLowerCase() === 'authorization')
    ? init.redirect
    : (init.redirect ?? 'manual');
  return fetch(url, { ...init, headers, ...(redirect === undefined ? {} : { redirect }) });
}

/** Whether a body can be sent twice: text and bytes can, streams cannot. */
export function canSendAgain(body: RequestInit['body']): boolean {
  return (
    body == null ||
    typeof body === 'string' ||
    body instanceof URLSearchParams ||
    body instanceof ArrayBuffer ||
    ArrayBuffer.isView(body) ||
    body instanceof Blob ||
    body instanceof FormData
  );
}
