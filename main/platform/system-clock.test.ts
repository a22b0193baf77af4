import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import process from 'node:process';
import { expect, it } from 'vitest';
import { systemClock } from './system-clock.ts';

it('the system clock tells two times and a random number', () => {
  const clock = systemClock();
  expect(Math.abs(clock.unixMs() - Date.now())).toBeLessThan(1000);
  const first = clock.steady();
  expect(clock.steady()).toBeGreaterThanOrEqual(first);
  expect(clock.random()).toBeGreaterThanOrEqual(0);
  expect(clock.random()).toBeLessThan(1);
});

const told = existsSync('/proc/sys/kernel/random/boot_id');
it.skipIf(!told)(
  `the system clock tells the machine’s own time, the same in every process${told ? '' : ' (left out: this system has no boot_id)'}`,
  () => {
    const url = new URL('./system-clock.ts', import.meta.url).href;
    const script = `import { systemClock } from ${JSON.stringify(url)}; console.log(JSON.stringify(systemClock().boot()));`;
    const clock = systemClock();
    const before = clock.boot();
    const other: unknown = JSON.parse(
      execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }),
    );
    const after = clock.boot();
    const id = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    expect([before?.id, after?.id, other]).toEqual([id, id, { id, ms: expect.any(Number) }]);
    const { ms } = other as { ms: number };
    // The system tells it by hundredths of a second.
    expect(ms).toBeGreaterThan((before?.ms ?? Infinity) - 20);
    expect(ms).toBeLessThan((after?.ms ?? 0) + 20);
    expect(Math.abs(ms - uptime() * 1000)).toBeLessThan(10_000);
  },
);

it('the system clock calls back once, and not when cancelled or far in the future', async () => {
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

it('the system clock keeps no process alive', () => {
  const url = new URL('./system-clock.ts', import.meta.url).href;
  const script = `import { systemClock } from ${JSON.stringify(url)}; systemClock().after(60_000, () => {});`;
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 10_000 });
});
