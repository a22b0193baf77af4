import { describe, expect, it, vi } from 'vitest';
import { untilFree } from './held-files.ts';

const refused = (code: string): Error => Object.assign(new Error(code), { code });

describe('a file that another program holds', () => {
  it.each(['EPERM', 'EACCES', 'EBUSY'])(
    'is tried again on Windows after %s, and taken once it is free',
    async (code) => {
      const attempt = vi
        .fn<() => Promise<string>>()
        .mockRejectedValueOnce(refused(code))
        .mockResolvedValue('mine');
      await expect(untilFree(attempt, 'win32')).resolves.toBe('mine');
      expect(attempt).toHaveBeenCalledTimes(2);
    },
  );

  it('is given up after two seconds, with the error of the system', async () => {
    const attempt = vi.fn<() => Promise<string>>().mockRejectedValue(refused('EBUSY'));
    await expect(untilFree(attempt, 'win32')).rejects.toMatchObject({ code: 'EBUSY' });
    expect(attempt.mock.calls.length).toBeGreaterThan(5);
  });

  it('is refused at once elsewhere, and on Windows for another reason', async () => {
    const attempt = vi.fn<() => Promise<string>>().mockRejectedValue(refused('EACCES'));
    await expect(untilFree(attempt, 'linux')).rejects.toMatchObject({ code: 'EACCES' });
    attempt.mockRejectedValue(refused('ENOENT'));
    await expect(untilFree(attempt, 'win32')).rejects.toMatchObject({ code: 'ENOENT' });
    expect(attempt).toHaveBeenCalledTimes(2);
  });
});
