import { describe, expect, it } from 'vitest';
import { CallError } from '../../preload/api.ts';
import { Submission } from './submission.svelte.ts';

const refused = new CallError({ code: 'bad_request', reason: 'no_answer', params: {} });

describe('a submission', () => {
  it('runs once at a time', async () => {
    const sending = new Submission();
    let runs = 0;
    let finish = (): void => undefined;
    const first = sending.run(() => {
      runs += 1;
      return new Promise((resolve) => (finish = resolve));
    });
    expect(sending.busy).toBe(true);
    expect(await sending.run(() => Promise.resolve(void (runs += 1)))).toBe(false);
    finish();
    expect(await first).toBe(true);
    expect([runs, sending.busy]).toEqual([1, false]);
  });

  it('keeps what was refused until the next one begins', async () => {
    const sending = new Submission();
    expect(await sending.run(() => Promise.reject(refused))).toBe(false);
    expect(sending.problem).toEqual(refused.problem);
    await sending.run(() => Promise.resolve());
    expect(sending.problem).toBeNull();
  });

  it('hides no fault of the window itself', async () => {
    const sending = new Submission();
    await expect(sending.run(() => Promise.reject(new TypeError('a fault')))).rejects.toThrow('a fault');
    expect(sending.busy).toBe(false);
  });
});
