import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Browser, Frame, Page } from 'playwright-core';
import { freePort } from '../services.ts';
import { launchBrowser } from './browser.ts';
import { ensureCodeServer, type CodeServer } from './code-server.ts';
import { run } from './run.ts';

/** A real VS Code workbench in a headless browser, with an extension installed from its package. */
export interface Editor {
  readonly page: Page;
  /** Console lines of the workbench that are errors and not its own noise. */
  readonly errors: readonly string[];
  /** Runs a command by its label in the palette, `Category: Title`. */
  command(label: string): Promise<void>;
  /** Answers the input box with this title; without a text what stands there is kept. */
  answer(title: string, text?: string): Promise<void>;
  /** The content of the webview that has a visible element, e.g. `main[data-dashboard=keys]`. */
  webview(selector: string): Promise<Frame>;
  /** Changes the colour theme, by the name in the theme picker. */
  theme(name: string): Promise<void>;
  stop(): Promise<void>;
}

export interface EditorOptions {
  readonly vsix: string;
  /** The workspace folder to open. */
  readonly folder: string;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** A quiet machine takes a tenth of these; on a busy one a limit that is near makes a test fail by chance. */
const startLimitMs = 240_000;
const lookLimitMs = 120_000;
const stepLimitMs = 10_000;

export async function startEditor(options: EditorOptions): Promise<Editor> {
  const codeServer = await ensureCodeServer();
  const home = await mkdtemp(join(tmpdir(), 'outrider-editor-'));
  const stops: (() => Promise<unknown>)[] = [() => rm(home, { recursive: true, force: true })];
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    const server = await startServer(codeServer, home, options);
    stops.push(server.stop);
    const browser = await launchBrowser();
    stops.push(() => browser.close());
    const { page, errors } = await openWorkbench(browser, server.url, options.folder);
    return {
      page,
      errors,
      command: (label) => runCommand(page, label),
      answer: (title, text) => answerInput(page, title, text),
      webview: (selector) => findWebview(page, selector),
      theme: (name) => pickTheme(page, name),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Quiet and the same every time. `files.watcherExclude` and the like stay as users have them. */
const settings = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.commandCenter.enabled': false,
  'window.commandCenter': false,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
};

async function startServer({ node, main }: CodeServer, home: string, options: EditorOptions) {
  const [user, extensions] = [join(home, 'user'), join(home, 'extensions')];
  await mkdir(join(user, 'User'), { recursive: true });
  await writeFile(
    join(user, 'User/settings.json'),
    JSON.stringify({ ...settings, ...options.settings }, null, 2),
  );
  const server = join(home, 'server');
  const places = ['--server-data-dir', server, '--user-data-dir', user, '--extensions-dir', extensions];
  const env = environment(home, node);
  await run(node, [main, ...places, '--install-extension', options.vsix, '--force'], {
    limitSeconds: startLimitMs / 1000,
    env,
  });
  const port = await freePort();
  const quiet = ['--without-connection-token', '--accept-server-license-terms', '--telemetry-level', 'off'];
  const flags = ['--host', '127.0.0.1', '--port', String(port), ...quiet];
  const child = spawn(node, [main, ...places, ...flags], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on(
      'data',
      (chunk: Buffer) => void (said.push(chunk.toString()), said.splice(0, said.length - 100)),
    );
  const url = `http://127.0.0.1:${port}`;
  await answers(`${url}/version`, child, said);
  return { url, stop: () => stopTree(child) };
}

/** A VS Code that this runs inside of must not be taken for ours; the gallery is not asked for anything. */
function environment(home: string, node: string): Record<string, string> {
  const inherited = Object.keys(process.env).filter((name) => /^(VSCODE_|npm_|NODE_OPTIONS)/.test(name));
  return {
    ...Object.fromEntries(inherited.map((name) => [name, ''])),
    HOME: home,
    XDG_DATA_HOME: home,
    EXTENSIONS_GALLERY: '{}',
    PATH: `${dirname(node)}:${process.env.PATH}`,
  };
}

async function answers(url: string, child: ChildProcess, said: readonly string[]): Promise<void> {
  const end = Date.now() + startLimitMs;
  while (Date.now() < end && child.exitCode === null) {
    const isThere = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isThere) return;
    await pause(100);
  }
  await stopTree(child);
  throw new Error(`code-server did not start:\n${said.join('').slice(-2000)}`);
}

/** It starts processes of its own; they share its group. */
async function stopTree(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid, 'SIGTERM');
  const isEnded = await Promise.race([ended.then(() => true), pause(5000, false, { ref: false })]);
  if (!isEnded) process.kill(-child.pid, 'SIGKILL');
  await ended;
}

async function openWorkbench(browser: Browser, url: string, folder: string) {
  const context = await browser.newContext({
    viewport: { width: 1480, height: 940 },
    locale: 'en-US',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  await context.addInitScript(answerServiceWorkerCalls);
  const page = await context.newPage();
  page.setDefaultTimeout(lookLimitMs);
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !noise.test(message.text())) errors.push(message.text());
  });
  await page.goto(`${url}/?folder=${encodeURIComponent(folder)}`, {
    waitUntil: 'domcontentloaded',
    timeout: startLimitMs,
  });
  await page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: startLimitMs });
  return { page, errors };
}

/** What the workbench itself complains about in a container without network, tokens or native modules. */
const noise =
  /open-vsx|gallery|AgentHost|AccountPolicy|connection token|workbench contribution|service ?worker|github|status of 404|bad HTTP response|native-watchdog|bindings|Creating a socket|additional builtin|Refused to|Content Security|reconnection/i;

/**
 * All webviews of a code-server share one origin and so one service worker. In a fresh headless profile the second
 * webview's register() and update() may never be answered and it stays blank; once the worker controls the page they
 * are not needed, so they are answered here.
 */
function answerServiceWorkerCalls(): void {
  const container = globalThis.ServiceWorkerContainer?.prototype;
  if (container === undefined) return;
  const { register, addEventListener } = container;
  ServiceWorkerRegistration.prototype.update = function () {
    return Promise.resolve(this);
  };
  container.register = async function (this: ServiceWorkerContainer, address, given) {
    const known = this.controller?.scriptURL === new URL(address, location.href).href;
    const registration = known ? await this.getRegistration() : undefined;
    return registration ?? register.call(this, address, given);
  };
  container.addEventListener = function (this: ServiceWorkerContainer, ...args: [string, never]) {
    addEventListener.apply(this, args);
    if (args[0] !== 'controllerchange' || typeof args[1] !== 'function') return;
    const [, listener]: [string, (event: Event) => void] = args;
    const timer = setInterval(() => {
      if (this.controller === null) return;
      clearInterval(timer);
      listener.call(this, new Event('controllerchange'));
    }, 250);
  };
}

/** An open palette does not notice commands that come later, and its first row may be another command. */
async function runCommand(page: Page, label: string): Promise<void> {
  const input = page.locator('.quick-input-widget input[type=text]').first();
  const row = page
    .locator('.quick-input-list .monaco-list-row')
    .filter({ has: page.getByText(label, { exact: true }) })
    .first();
  const end = Date.now() + lookLimitMs;
  for (;;) {
    try {
      await page.keyboard.press('F1');
      await input.fill(`>${label}`, { timeout: stepLimitMs });
      await row.click({ timeout: stepLimitMs });
      return;
    } catch (cause) {
      if (Date.now() > end) throw new Error(`The palette has no command “${label}”.`, { cause });
      await page.keyboard.press('Escape');
    }
  }
}

/** The palette and every input box are one widget with another title: without it, what is typed may go to the one before. */
async function answerInput(page: Page, title: string, text?: string): Promise<void> {
  const asked = page.locator('.quick-input-title', { hasText: title });
  const input = page.locator('.quick-input-widget', { has: asked }).locator('.quick-input-box input');
  if (text === undefined) await input.waitFor();
  else await input.fill(text);
  await input.press('Enter');
}

async function pickTheme(page: Page, name: string): Promise<void> {
  await runCommand(page, 'Preferences: Color Theme');
  const input = page.locator('.quick-input-widget input[placeholder*="Theme"]');
  await input.fill(name);
  await page.locator('.quick-input-list .monaco-list-row.focused', { hasText: name }).waitFor();
  await page.keyboard.press('Enter');
}

/** A webview's document lies in a frame within a frame. */
async function findWebview(page: Page, selector: string): Promise<Frame> {
  const end = Date.now() + lookLimitMs;
  while (Date.now() < end) {
    for (const frame of page.frames()) {
      if (frame === page.mainFrame()) continue;
      const isThere = await frame
        .locator(selector)
        .first()
        .isVisible()
        .catch(() => false);
      if (isThere) return frame;
    }
    await pause(100);
  }
  throw new Error(`No webview shows ${selector}.`);
}
