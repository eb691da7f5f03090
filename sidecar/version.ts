import manifest from '../package.json' with { type: 'json' };

/** Outrider's version. */
export const version: string = manifest.version;
