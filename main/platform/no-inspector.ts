// Imported first of all: heard by us, SIGUSR1 does not open Node's inspector, which would let every user of this
// machine run code in this process (127.0.0.1:9229 asks nobody for a password).
import process from 'node:process';

process.on('SIGUSR1', () => undefined);
