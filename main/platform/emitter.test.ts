import { describe, expect, it } from 'vitest';
import { createEmitter } from './emitter.ts';

describe('an emitter', () => {
  it('calls who listens, in the order they came, until they end it', () => {
    const { on, emit, clear } = createEmitter<[text: string]>();
    const heard: string[] = [];
    const end = on((text) => heard.push(`a ${text}`));
    on((text) => heard.push(`b ${text}`));
    emit('1');
    end();
    end();
    emit('2');
    clear();
    emit('3');
    expect(heard).toEqual(['a 1', 'b 1', 'b 2']);
  });

  it('lets one function listen twice, and end each by itself', () => {
    const { on, emit } = createEmitter<[]>();
    let calls = 0;
    const listener = (): number => (calls += 1);
    const end = on(listener);
    on(listener);
    emit();
    end();
    emit();
    expect(calls).toBe(3);
  });

  it('is not upset by a listener that ends itself and begins another while it is called', () => {
    const { on, emit } = createEmitter<[]>();
    const heard: string[] = [];
    const end = on(() => {
      heard.push('once');
      end();
      on(() => heard.push('later'));
    });
    emit();
    emit();
    expect(heard).toEqual(['once', 'later']);
  });
});
