// How many renewals ask one vendor at a time, and which comes next.
import { describe, expect, it } from 'vitest';
import { VirtualClock, settle } from '../../testing/virtual-clock.ts';
import { HostSlots, type HostSlot, type WaitedFor } from './host-slots.ts';

const host = 'https://vendor.example.com';

function line(slots: HostSlots, count: number, by: WaitedFor, at = host): HostSlot[] {
  return Array.from({ length: count }, () => slots.take(at, by));
}

/** Which of them are had, by their numbers. */
const had = (slots: readonly HostSlot[]): number[] =>
  slots.flatMap((slot, index) => (slot.wasHad ? [index] : []));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('places at a host', () => {
  it('are four for renewals that nobody waits for, and those of another host are its own', async () => {
    const slots = new HostSlots(new VirtualClock());
    const here = line(slots, 10, 'scheduled');
    const there = line(slots, 2, 'scheduled', 'https://other.example.com');
    await Promise.all([here[3]?.had, there[1]?.had]);
    expect(had(here)).toEqual(upTo(4));
    expect(had(there)).toEqual(upTo(2));
    here[1]?.release();
    expect(had(here)).toEqual(upTo(5));
  });

  it('are sixteen with those that a caller waits for, who never stand behind the others', () => {
    const slots = new HostSlots(new VirtualClock());
    const scheduled = line(slots, 10, 'scheduled');
    const callers = line(slots, 20, 'caller');
    expect(had(scheduled)).toEqual(upTo(4));
    expect(had(callers)).toEqual(upTo(12));
    scheduled[0]?.release();
    expect(had(scheduled)).toEqual(upTo(4));
    expect(had(callers)).toEqual(upTo(13));
  });

  it('are had in the order in which they were asked for', () => {
    const slots = new HostSlots(new VirtualClock());
    const callers = line(slots, 40, 'caller');
    for (const index of [15, 3, 7]) callers[index]?.release();
    expect(had(callers)).toEqual(upTo(19));
  });

  it('a caller that comes hastens one that waits, and makes room where it is had', () => {
    const slots = new HostSlots(new VirtualClock());
    const scheduled = line(slots, 10, 'scheduled');
    scheduled[8]?.hasten();
    expect(had(scheduled)).toEqual([0, 1, 2, 3, 8]);
    scheduled[0]?.hasten();
    expect(had(scheduled)).toEqual([0, 1, 2, 3, 4, 8]);
    for (const slot of scheduled) slot.release();
    const next = line(slots, 10, 'scheduled');
    expect(had(next)).toEqual(upTo(4));
  });

  it('that bring no answer for ten seconds are given up, and released twice they count once', async () => {
    const clock = new VirtualClock();
    const slots = new HostSlots(clock);
    const scheduled = line(slots, 12, 'scheduled');
    await clock.pass(9_999);
    expect(had(scheduled)).toEqual(upTo(4));
    await clock.pass(1);
    expect(had(scheduled)).toEqual(upTo(8));
    for (const slot of scheduled.slice(0, 4)) slot.release();
    await settle();
    expect(had(scheduled)).toEqual(upTo(8));
  });

  it('that are left before they are had are nobody’s', () => {
    const slots = new HostSlots(new VirtualClock());
    const scheduled = line(slots, 6, 'scheduled');
    scheduled[4]?.release();
    scheduled[0]?.release();
    expect(had(scheduled)).toEqual([0, 1, 2, 3, 5]);
  });

  it('are had by all callers at once when Keyfob ends, and by nothing else', () => {
    const slots = new HostSlots(new VirtualClock());
    const callers = line(slots, 20, 'caller');
    const scheduled = line(slots, 5, 'scheduled');
    slots.end();
    expect(had(callers)).toEqual(upTo(20));
    for (const slot of callers) slot.release();
    expect(had(scheduled)).toEqual([]);
  });

  it('are 64 over all hosts for renewals that nobody waits for, and callers stand beside them', () => {
    const slots = new HostSlots(new VirtualClock());
    const hosts = Array.from({ length: 100 }, (_, index) => `https://site-${String(index)}.example.com`);
    const scheduled = hosts.map((one) => slots.take(one, 'scheduled'));
    const caller = slots.take(hosts[99] ?? '', 'caller');
    expect(had(scheduled)).toEqual(upTo(64));
    expect(caller.wasHad).toBe(true);
    scheduled[5]?.release();
    expect(had(scheduled)).toEqual(upTo(65));
  });
});
