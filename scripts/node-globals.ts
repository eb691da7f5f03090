/**
 * Globals that Node defines by a getter, as the modules they come from: V8 asks a getter of `globalThis` anew each time, even in
 * optimised code. The build puts these in their place.
 */
export { Buffer } from 'node:buffer';
export { performance } from 'node:perf_hooks';
