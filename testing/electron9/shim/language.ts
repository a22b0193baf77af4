// JavaScript after V8 8.3: Promise.withResolvers and any, Array at/toSorted/findLast, String replaceAll and at,
// Object.hasOwn, Error cause, structuredClone, URL.canParse, DOMException, Set and iterator methods.
import 'core-js/stable';

/** V8 8.4 WeakRef. Holds its target strongly: nothing may depend on when memory is freed. */
class StrongRef<T extends object> {
  readonly #target: T;
  constructor(target: T) {
    this.#target = target;
  }
  deref(): T {
    return this.#target;
  }
}

/** V8 8.4 FinalizationRegistry. Never calls back, as the specification allows. */
class IdleRegistry {
  register(): void {
    // The specification lets an implementation never call back.
  }
  unregister(): boolean {
    return false;
  }
}

if (typeof globalThis.WeakRef === 'undefined') Object.assign(globalThis, { WeakRef: StrongRef });
if (typeof globalThis.FinalizationRegistry === 'undefined')
  Object.assign(globalThis, { FinalizationRegistry: IdleRegistry });
