// The end of the person's session on Windows: it is told to windows alone, and Electron's `before-quit` does not come.

/** Electron's `BaseWindow`, as far as it is needed. */
export interface SessionWindow {
  on(event: 'query-session-end', listener: (event: { preventDefault(): void }) => void): unknown;
  on(event: 'session-end', listener: () => void): unknown;
}

export interface SessionEnd {
  /** The accounts whose refresh token was sent and whose answer is not kept yet. */
  spending(): readonly string[];
  /** Begins to end the program. */
  end(): void;
}

/**
 * Ends the program with the session. While a refresh token is on its way, Windows is asked to wait: it shows the
 * person which program it waits for, and goes on by itself once that has ended.
 */
export function followSessionEnd(window: SessionWindow, { spending, end }: SessionEnd): void {
  window.on('query-session-end', (event) => {
    if (spending().length === 0) return;
    event.preventDefault();
    end();
  });
  window.on('session-end', end);
}
