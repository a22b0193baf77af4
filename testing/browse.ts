// Signing in at a third-party server without a browser: fetch and cookies, and forms filled in.

/** Follows redirects and fills in forms until a page without one; gives that page's text and every address. */
export async function browse(address: string): Promise<{ text: string; addresses: string[] }> {
  const jar = new Map<string, string>();
  const addresses: string[] = [];
  let next: { url: string; form?: URLSearchParams } = { url: address };
  for (let step = 0; step < 30; step += 1) {
    addresses.push(next.url);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(next.url, {
      redirect: 'manual',
      headers: { cookie },
      ...(next.form === undefined ? {} : { method: 'POST', body: next.form }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const [name = '', ...rest] = pair.split('=');
      if (/expires=thu, 01 jan 1970/i.test(line)) jar.delete(name);
      else jar.set(name, rest.join('='));
    }
    const location = answer.headers.get('location');
    const text = await answer.text();
    if (location !== null) {
      next = { url: new URL(location, next.url).href };
      continue;
    }
    const found = /<form[^>]*action="([^"]+)"[^>]*>([\s\S]*?)<\/form>/.exec(text);
    if (found === null) return { text, addresses };
    const [, action = '', inside = ''] = found;
    const form = new URLSearchParams();
    for (const [input] of inside.matchAll(/<input[^>]*>/g)) {
      const name = /name="([^"]+)"/.exec(input)?.[1];
      const value = /value="([^"]*)"/.exec(input)?.[1] ?? '';
      if (name !== undefined)
        form.set(name, name === 'login' ? 'alice' : name === 'password' ? 'any' : value);
    }
    if (text.includes('deviceConfirmForm')) form.set('confirm', 'yes');
    const code = new URL(next.url).searchParams.get('user_code');
    if (form.has('user_code') && form.get('user_code') === '' && code !== null) form.set('user_code', code);
    next = { url: new URL(action.replaceAll('&amp;', '&'), next.url).href, form };
  }
  throw new Error(`No end after ${addresses.join(' → ')}`);
}

/** `--set` for each field. */
export const settings = (fields: Record<string, string>): string[] =>
  Object.entries(fields).flatMap(([field, value]) => ['--set', `${field}=${value}`]);
