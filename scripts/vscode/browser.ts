import { chromium, type Browser } from 'playwright-core';
import { ensureChromium } from './chromium.ts';

/** A headless Chromium, installed first where there is none. Close it when done. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await ensureChromium(),
    // Tests run as root in containers with little shared memory.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--force-color-profile=srgb'],
  });
}
