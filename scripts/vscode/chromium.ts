import { access, constants } from 'node:fs/promises';
import { aptInstall } from '../apt.ts';

/**
 * The path of a Chromium that Playwright can drive: `OUTRIDER_CHROMIUM`, else one of the usual places, else Debian's
 * package is installed. Rejects with a sentence that says what to do.
 */
export async function ensureChromium(say: (line: string) => void = console.error): Promise<string> {
  const found = await findChromium();
  if (found !== undefined) return found;
  if (process.getuid?.() !== 0) throw new Error(`No Chromium was found. ${advice}`);
  aptInstall(['chromium', 'fonts-dejavu-core'], 'no Chromium was found (about 450 MB, once per machine)');
  const installed = await findChromium();
  if (installed === undefined)
    throw new Error(`apt-get installed Chromium, but it is not where expected. ${advice}`);
  say(`Chromium is installed at ${installed}.`);
  return installed;
}

const advice =
  'Install it (`apt-get install chromium` on Debian) or name its path in OUTRIDER_CHROMIUM; the browser and editor tests need it.';

const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

async function findChromium(): Promise<string | undefined> {
  const named = process.env.OUTRIDER_CHROMIUM;
  if (named !== undefined) {
    if (await isExecutable(named)) return named;
    throw new Error(`OUTRIDER_CHROMIUM names ${named}, which cannot be executed.`);
  }
  for (const path of usualPlaces) if (await isExecutable(path)) return path;
  return undefined;
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
