/** A thread does not inherit this process's reading of TypeScript, so it registers its own first. */
import { register } from 'tsx/esm/api';

register();
await import('./shape-worker.ts');
