import { execFileSync } from 'node:child_process';

/** Installs Debian packages, saying why; a sentence tells what to do where that is not possible. */
export function aptInstall(packages: readonly string[], why: string): void {
  console.error(`setup: ${why}; installing ${packages.join(', ')} with apt-get …`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    execFileSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 'ignore', 'inherit'], env: environment });
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: environment,
    });
  } catch (cause) {
    throw new Error(`${why}. Install ${packages.join(', ')} by hand (apt-get failed or needs root).`, {
      cause,
    });
  }
}
