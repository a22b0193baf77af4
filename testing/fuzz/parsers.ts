// The parsers of what comes from outside that are functions alone; those behind a socket or in a folder are in
// open-parsers.ts.
import { fileParsers } from './file-parsers.ts';
import type { Parser } from './harness.ts';
import { localParsers } from './local-parsers.ts';
import { vendorParsers } from './vendor-parsers.ts';

export const parsers: readonly Parser[] = [...fileParsers, ...vendorParsers, ...localParsers];
