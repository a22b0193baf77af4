// The address of the sign-in page.
import { describe, expect, it } from 'vitest';
import { withQuery } from './authorization-request.ts';

const five = {
  response_type: 'code',
  client_id: 'client 1',
  redirect_uri: 'https://app.example.com/cb?x=1',
  scope: 'email all',
  state: 's-1_~',
};

describe('the address of the sign-in page', () => {
  it('sends all five parameters that the Eptura login page wants', () => {
    expect(withQuery('https://hq.example.com/login.html', five)).toBe(
      'https://hq.example.com/login.html?response_type=code&client_id=client%201&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb%3Fx%3D1&scope=email%20all&state=s-1_~',
    );
  });

  it.each([
    ['?tenant=a%2fb+c%20d', '?tenant=a%2fb+c%20d&state=s'],
    ['?tenant', '?tenant&state=s'],
    ['?', '?state=s'],
    ['?a=1&&b=2&', '?a=1&b=2&state=s'],
    ['?state=old&a=1', '?a=1&state=s'],
    ['?a=1&st%61te=old&state=older', '?a=1&state=s'],
    ['?a=x?state=1', '?a=x?state=1&state=s'],
    ['?State=other', '?State=other&state=s'],
    ['?%zz=1', '?%zz=1&state=s'],
  ])('keeps the query %s as it stands, but for what it sets itself', (query, expected) => {
    const base = 'https://id.example.com/authorize';
    expect(withQuery(base + query, { state: 's' })).toBe(base + expected);
  });

  it('leaves out what is empty, and keeps what stands for it', () => {
    expect(withQuery('https://id.example.com/a?scope=x', { scope: '', state: 's' })).toBe(
      'https://id.example.com/a?scope=x&state=s',
    );
  });
});
