import { describe, expect, it } from 'vitest';
import { terminalQrCode } from './qr-code.ts';

describe('a QR code on a terminal', () => {
  const address = 'https://vendor.example/device';

  it('is not drawn where it would be wrapped or scroll away', async () => {
    const code = await terminalQrCode(address, {}, 'xterm');
    const lines = code?.trimEnd().split('\n') ?? [];
    const columns = [...(lines[0] ?? '').matchAll(/[ ▀▄█]/g)].length;
    expect(columns).toBeGreaterThan(20);
    expect(columns).toBeLessThan(40);
    const rows = lines.length + 4;
    expect(await terminalQrCode(address, { columns, rows }, 'xterm')).toBe(code);
    expect(await terminalQrCode(address, { columns: columns - 1, rows }, 'xterm')).toBeNull();
    expect(await terminalQrCode(address, { columns, rows: rows - 1 }, 'xterm')).toBeNull();
  });

  it('is left out for an address that no phone could read from it', async () => {
    const room = { columns: 400, rows: 200 };
    expect(await terminalQrCode(address.padEnd(400, 'x'), room, 'xterm')).not.toBeNull();
    for (const length of [401, 5000])
      expect(await terminalQrCode(address.padEnd(length, 'x'), room, 'xterm')).toBeNull();
  });
});
