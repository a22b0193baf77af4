import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../testing/virtual-clock.ts';
import { createClipboard } from './clipboard.ts';
import type { Clipboard, SystemClipboard } from './clipboard.ts';

interface Bench {
  readonly clipboard: Clipboard;
  readonly clock: VirtualClock;
  /** What the system holds, and how often it is to refuse. */
  readonly system: { text: string; refusals: number };
}

function bench(seconds = 30, change: (text: string) => string = (text) => text): Bench {
  const clock = new VirtualClock();
  const system = { text: '', refusals: 0 };
  const step = (): void => {
    if (system.refusals > 0) {
      system.refusals -= 1;
      throw new Error('held by another program');
    }
  };
  const port: SystemClipboard = {
    async readText() {
      step();
      return system.text;
    },
    async writeConcealed(text) {
      step();
      system.text = change(text);
    },
    clear() {
      step();
      system.text = '';
    },
  };
  return { clipboard: createClipboard({ system: port, clock, seconds: () => seconds }), clock, system };
}

describe('what was copied', () => {
  it('leaves the clipboard after its time, and not before', async () => {
    const { clipboard, clock, system } = bench(30);
    expect(await clipboard.copy('secret')).toEqual({ clears_in: 30 });
    await clock.pass(29_999);
    expect(system.text).toBe('secret');
    await clock.pass(1);
    expect(system.text).toBe('');
  });

  it('stays when it is no longer ours', async () => {
    const { clipboard, clock, system } = bench();
    await clipboard.copy('secret');
    system.text = 'of somebody else';
    await clock.pass(60_000);
    await clipboard.close();
    expect(system.text).toBe('of somebody else');
  });

  it('has its own time, whatever was copied before it', async () => {
    const { clipboard, clock, system } = bench(30);
    await clipboard.copy('one');
    await clock.pass(20_000);
    await clipboard.copy('two');
    await clock.pass(29_000);
    expect(system.text).toBe('two');
    await clock.pass(1_000);
    expect(system.text).toBe('');
  });

  it('is gone when close has resolved', async () => {
    const { clipboard, system } = bench();
    await clipboard.copy('secret');
    await clipboard.close();
    expect(system.text).toBe('');
  });

  it('is gone too when it was copied a moment before the end', async () => {
    const { clipboard, system } = bench();
    const copied = clipboard.copy('secret');
    await clipboard.close();
    await copied;
    expect(system.text).toBe('');
  });

  it('goes on waking when its time went by in sleep', async () => {
    const { clipboard, clock, system } = bench(30);
    await clipboard.copy('secret');
    clipboard.wake();
    await clock.pass(0);
    expect(system.text).toBe('secret');
    clock.sleep(31_000);
    clipboard.wake();
    await clock.pass(0);
    expect(system.text).toBe('');
  });

  it('is known again when the system changed its line ends', async () => {
    const { clipboard, system } = bench(30, (text) => text.replaceAll('\n', '\r\n'));
    await clipboard.copy('a\nb');
    await clipboard.clear();
    expect(system.text).toBe('');
  });

  it('is taken away though another program held the clipboard for a moment', async () => {
    const { clipboard, clock, system } = bench(30);
    await clipboard.copy('secret');
    system.refusals = 2;
    await clock.pass(30_000 + 500);
    expect(system.text).toBe('');
  });

  it('is refused when the system does not take it', async () => {
    const { clipboard, clock, system } = bench();
    system.refusals = 3;
    const refused = expect(clipboard.copy('secret')).rejects.toMatchObject({
      code: 'unexpected',
      problem: { reason: 'clipboard_refused' },
    });
    await clock.pass(1_000);
    await refused;
    await clipboard.close();
  });
});
