// Faults of the disk for a program that runs: built once, given to a program by its environment, and ordered from
// outside while it runs. faults.c is the half that is loaded into the program.
//
// Invariants: nothing is counted before `arm`; a call is counted once, by the C library's name for it; of two orders
// the later one holds, and counts from 1 again.
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/**
 * What goes wrong at the Nth call below the folder:
 * - `kill`: the process ends (SIGKILL) before it;
 * - `tear`: as `kill`, at the Nth write alone, half of which is written;
 * - `refuse`: it is answered EIO, and all later ones are well;
 * - `full`: of those that need room, the Nth is the first that finds none (ENOSPC): a write has half of it
 *   written, and all later ones are refused.
 */
export type Fault = 'kill' | 'tear' | 'refuse' | 'full';

// As faults.c has them.
const modes = { off: 0, trace: 1, kill: 2, tear: 3, refuse: 4, full: 5 };
const errors: Partial<Record<Fault, number>> = { refuse: 5, full: 28 };
const maxLines = 1024;
const lineLength = 160;
const headLength = 32;

/** Whether this machine can: Linux with a C compiler. */
export function canInjectFaults(): boolean {
  return process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;
}

/** Builds what is loaded into programs; the file, in `scratch`. */
export function buildFaults(scratch: string): string {
  const library = path.join(scratch, 'faults.so');
  const source = fileURLToPath(new URL('faults.c', import.meta.url));
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-w', '-o', library, source, '-ldl']);
  return library;
}

/** The orders for one program, and what it did. */
export interface Faults {
  /** What the program's environment must have. */
  readonly env: Readonly<Record<string, string>>;
  /** From now on the calls are counted, and the `at`th (from 1) goes wrong. */
  arm(fault: Fault, at: number): void;
  /** From now on the calls are counted and noted, and all are well. */
  trace(): void;
  /** Nothing is counted and nothing goes wrong any more; what was noted stays. */
  disarm(): void;
  /** Calls since the last order. */
  calls(): number;
  /** Whether something went wrong since the last order. */
  struck(): boolean;
  /** The calls since the last order, `rename config.json`: what was done, and the path from the folder. */
  lines(): string[];
  close(): void;
}

/** Makes the orders for a program that loads `library`; `control` is a file of its own, outside of `folder`. */
export function openFaults(library: string, control: string, folder: string): Faults {
  const handle = openSync(control, 'w+', 0o600);
  ftruncateSync(handle, headLength + maxLines * lineLength);
  const set = (at: number, ...values: number[]): void => {
    writeSync(handle, new Uint8Array(Int32Array.from(values).buffer), 0, values.length * 4, at * 4);
  };
  const head = (at: number): number => {
    const word = Buffer.alloc(4);
    readSync(handle, word, 0, 4, at * 4);
    return new Int32Array(word.buffer, word.byteOffset, 1)[0] ?? 0;
  };
  const order = (mode: keyof typeof modes, at: number, error: number): void => {
    set(0, modes.off);
    set(1, at, error, 0, 0);
    set(0, modes[mode]);
  };
  return {
    env: { LD_PRELOAD: library, FAULTS_CONTROL: control, FAULTS_BELOW: folder },
    arm: (fault, at) => order(fault, at, errors[fault] ?? 0),
    trace: () => order('trace', 0, 0),
    disarm: () => set(0, modes.off),
    calls: () => head(3),
    struck: () => head(4) !== 0,
    lines: () =>
      Array.from({ length: Math.min(head(3), maxLines) }, (_, index) => {
        const line = Buffer.alloc(lineLength);
        readSync(handle, line, 0, lineLength, headLength + index * lineLength);
        return line.toString('utf8', 0, line.indexOf(0));
      }),
    close: () => closeSync(handle),
  };
}
