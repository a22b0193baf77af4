/**
 * Signals that end a program. On Windows they come from the console alone: Ctrl-C, its window closed (which gives
 * 10 s at most), Ctrl-Break.
 */
export const endSignals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGBREAK'] as const;
