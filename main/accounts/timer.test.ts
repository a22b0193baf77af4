// How often the one timer looks at every account.
import { expect, it } from 'vitest';
import { VirtualClock } from '../../testing/virtual-clock.ts';
import { createTimer } from './timer.ts';

const hour = 3_600_000;

it.each([true, false])(
  'all accounts were looked at each fifteen seconds, where the system does not tell its own time (told: %s)',
  async (isTold) => {
    const clock = new VirtualClock();
    if (!isTold) clock.withoutBootTime();
    let looks = 0;
    const all = (): [] => {
      looks += 1;
      return [];
    };
    const timer = createTimer(clock, { all, get: () => undefined }, () => 0);
    timer.reschedule();
    await clock.pass(hour);
    timer.stop();
    expect(looks).toBeGreaterThanOrEqual(12);
    expect(looks).toBeLessThanOrEqual(13);
  },
);
