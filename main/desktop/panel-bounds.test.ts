import { expect, it } from 'vitest';
import { panelBounds } from './panel-bounds.ts';

it('the panel stands in the middle of its screen, a little above', () => {
  expect(panelBounds({ x: 1920, y: 30, width: 1280, height: 770 })).toEqual({
    x: 1920 + 360,
    y: 30 + 140,
    width: 560,
    height: 420,
  });
});

it('the panel is no larger than its screen', () => {
  expect(panelBounds({ x: 0, y: 0, width: 480, height: 320 })).toEqual({
    x: 0,
    y: 0,
    width: 480,
    height: 320,
  });
});
