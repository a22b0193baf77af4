import { execFileSync } from 'node:child_process';
import process from 'node:process';
import { expect, it } from 'vitest';
import { systemClock } from './system-clock.ts';

it('tells two times and a random number', () => {
  const clock = systemClock();
  expect(Math.abs(clock.wall() - Date.now())).toBeLessThan(1000);
  const first = clock.steady();
  expect(clock.steady()).toBeGreaterThanOrEqual(first);
  expect(clock.random()).toBeGreaterThanOrEqual(0);
  expect(clock.random()).toBeLessThan(1);
});

it('calls back once, and not when cancelled or far in the future', async () => {
  const clock = systemClock();
  const calls: string[] = [];
  clock.after(0, () => calls.push('cancelled'))();
  const cancelFar = clock.after(2 ** 33, () => calls.push('far'));
  const held = setTimeout(() => undefined, 5000);
  await new Promise<void>((resolve) => {
    clock.after(5, () => {
      calls.push('due');
      resolve();
    });
  });
  clearTimeout(held);
  cancelFar();
  expect(calls).toEqual(['due']);
});

it('keeps no process alive', () => {
  const url = new URL('./system-clock.ts', import.meta.url).href;
  const script = `import { systemClock } from ${JSON.stringify(url)}; systemClock().after(60_000, () => {});`;
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 10_000 });
});
