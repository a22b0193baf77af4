// A new passphrase, entered twice.
//
// Invariant: what was entered is dropped here as soon as it is taken.

export class NewPassphrase {
  first = $state('');
  second = $state('');
  error: 'missing' | 'differs' | null = $state(null);

  /** The passphrase; null, and `error` says why, when there is none or the two differ. */
  take(): string | null {
    this.error = this.first === '' ? 'missing' : this.first === this.second ? null : 'differs';
    if (this.error !== null) return null;
    const taken = this.first;
    this.forget();
    return taken;
  }

  forget(): void {
    this.first = '';
    this.second = '';
  }
}
