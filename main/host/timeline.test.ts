import { describe, expect, it } from 'vitest';
import { message, type Message } from '../api/problems/index.ts';
import { daySeconds, drawTimeline } from './timeline.ts';
import type { AccountLine, HostLine } from './timeline.ts';

const now = 1_000_000;
const slowDown = message('vendor_refuses', { error: 'slow_down' });
const refused = message('renewal_refused', { error: 'invalid_grant' });
const line = (
  at: number,
  event: AccountLine['event'],
  until: number | null = 0,
  reason: Message | null = null,
): AccountLine => ({ at, account: 'hq', event, until, reason });

describe('the timeline of an account', () => {
  it('is empty of what is not known', () => {
    expect(drawTimeline([], [], now)).toEqual({ spans: [], marks: [] });
  });

  it('shows lives, joined where one follows the other, failures and what came of them', () => {
    const lines = [
      line(now - 1000, 'signed_in', now - 400),
      line(now - 500, 'refreshed', now - 100),
      line(now - 150, 'refresh_failed', now - 100, slowDown),
      line(now - 50, 'sign_in_needed', 0, refused),
    ];
    expect(drawTimeline(lines, [], now)).toEqual({
      spans: [
        { from: now - 1000, to: now - 150, kind: 'live' },
        { from: now - 150, to: now - 50, kind: 'failing' },
        { from: now - 50, to: now, kind: 'none' },
      ],
      marks: [
        { at: now - 1000, kind: 'signed_in', reason: null },
        { at: now - 500, kind: 'refreshed', reason: null },
        { at: now - 150, kind: 'refresh_failed', reason: slowDown },
        { at: now - 50, kind: 'sign_in_needed', reason: refused },
      ],
    });
  });

  it('ends a life with its token, and keeps a living token alive though a sign-in is needed', () => {
    const ended = drawTimeline([line(now - 100, 'refreshed', now - 40)], [], now);
    expect(ended.spans.map(({ kind }) => kind)).toEqual(['live', 'none']);
    const needed = drawTimeline([line(now - 100, 'sign_in_needed', now + 40)], [], now);
    expect(needed.spans).toEqual([{ from: now - 100, to: now, kind: 'live' }]);
    const unknown = drawTimeline([line(now - 100, 'signed_in', null)], [], now);
    expect(unknown.spans).toEqual([{ from: now - 100, to: now, kind: 'live' }]);
  });

  it('begins the day with what was before it, and shows no mark of then', () => {
    const { spans, marks } = drawTimeline([line(now - 2 * daySeconds, 'signed_in', null)], [], now);
    expect(spans).toEqual([{ from: now - daySeconds, to: now, kind: 'live' }]);
    expect(marks).toEqual([]);
  });

  it('shows sleep over what would have been, and nothing while Keyfob did not run', () => {
    const host: HostLine[] = [
      { at: now - 1000, event: 'started' },
      { at: now - 700, event: 'slept', from: now - 800 },
      { at: now - 600, event: 'running' },
      { at: now - 300, event: 'started' },
    ];
    const { spans } = drawTimeline([line(now - 1000, 'signed_in', now + 1000)], host, now);
    expect(spans).toEqual([
      { from: now - 1000, to: now - 800, kind: 'live' },
      { from: now - 800, to: now - 700, kind: 'asleep' },
      { from: now - 700, to: now - 600, kind: 'live' },
      { from: now - 300, to: now, kind: 'live' },
    ]);
  });

  it('leaves out a life that ended with the account, and lines from a clock that was ahead', () => {
    const lines = [line(now - 100, 'signed_in', now + 100), line(now - 50, 'removed')];
    expect(drawTimeline(lines, [], now).spans).toEqual([{ from: now - 100, to: now - 50, kind: 'live' }]);
    expect(drawTimeline([line(now + 100, 'signed_in', null)], [], now)).toEqual({ spans: [], marks: [] });
  });
});
