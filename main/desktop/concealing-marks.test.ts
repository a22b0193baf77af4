import { describe, expect, it } from 'vitest';
import { concealingMarks } from './concealing-marks.ts';

describe('the marks of a copied token', () => {
  it("are each platform's own, under the names that Electron's clipboard takes raw formats by", () => {
    expect(Object.keys(concealingMarks('darwin'))).toEqual([
      'electron application/osclipboard;format="org.nspasteboard.ConcealedType"',
    ]);
    expect(Object.keys(concealingMarks('win32'))).toEqual([
      'electron application/osclipboard;format="ExcludeClipboardContentFromMonitorProcessing"',
      'electron application/osclipboard;format="CanIncludeInClipboardHistory"',
      'electron application/osclipboard;format="CanUploadToCloudClipboard"',
    ]);
    expect(concealingMarks('linux')).toEqual({
      'electron application/osclipboard;format="x-kde-passwordManagerHint"': 'secret',
    });
  });

  it('are a DWORD of 0 on Windows, where 0 says no', () => {
    for (const value of Object.values(concealingMarks('win32'))) {
      expect([...Buffer.from(value, 'utf8')]).toEqual([0, 0, 0, 0]);
    }
  });
});
