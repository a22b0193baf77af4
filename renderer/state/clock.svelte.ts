// The window's clock: whole Unix seconds, running only while the window is seen.

class Clock {
  now: number = $state(seconds());

  /** Runs it; the answer ends it. */
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

export const clock = new Clock();
