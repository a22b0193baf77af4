// The window's clock: whole Unix seconds, running only while the window is visible.

export class Clock {
  now: number = $state(seconds());

  /** Runs it. Returns its end. */
  start(): () => void {
    const tick = (): void => {
      if (document.visibilityState === 'visible') this.now = seconds();
    };
    const timer = setInterval(tick, 1000);
    document.addEventListener('visibilitychange', tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', tick);
    };
  }
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
