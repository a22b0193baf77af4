// The version of Keyfob, in one place: package.json's.
import manifest from '../package.json' with { type: 'json' };

export const { version } = manifest;
