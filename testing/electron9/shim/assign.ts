// Puts newer names on older objects.

/** Defines each name that `target` lacks, not enumerable, as a runtime's own are. */
export function addMissing(target: object, additions: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(additions)) {
    if (name in target) continue;
    Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false });
  }
}

/** Tells whether a value is an object with string keys. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
