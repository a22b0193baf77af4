import { expect, it } from 'vitest';

import { describeAskers } from './askers.ts';

const curl = { program: 'curl (pid 7)', application: null };
const named = { program: 'curl (pid 7)', application: 'backup' };
const unknown = { program: null, application: 'backup' };

it('tells a program by what the system says, and apart from that what it calls itself', () => {
  expect(describeAskers([curl], 'en')).toBe('curl (pid 7)');
  expect(describeAskers([named, unknown], 'en')).toBe(
    'curl (pid 7), calling itself “backup”; a program calling itself “backup”',
  );
  expect(describeAskers([named, unknown], 'de')).toBe(
    'curl (pid 7), nennt sich „backup“; ein Programm, das sich „backup“ nennt',
  );
  expect(describeAskers([], 'de')).toBeNull();
});
