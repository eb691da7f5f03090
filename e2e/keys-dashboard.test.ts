import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Browser, Page } from 'playwright-core';
import { startDemo, type Demo } from '../docker/demo/start.ts';
import { build } from '../scripts/build.ts';
import { postgresUrl } from '../scripts/services.ts';
import { launchBrowser } from '../scripts/vscode/browser.ts';
import { apiKeyClient, type ApiKeyClient } from '../shared/index.ts';
import { eventually } from './eventually.ts';

/** The life of a key as a person leads it: on the keys dashboard, in a browser, before a real sidecar. */
describe('The keys dashboard', () => {
  const workspace = mkdtempSync(join(tmpdir(), 'outrider-keys-'));
  let demo: Demo;
  let browser: Browser;
  let page: Page;
  let keys: ApiKeyClient;
  let secret = '';

  before(async () => {
    mkdirSync('artifacts', { recursive: true });
    await build({});
    demo = await startDemo({ workspace, serverUrl: postgresUrl(), databaseName: 'e2e_keys_dashboard' });
    keys = apiKeyClient({ gateway: demo.gatewayUrl, token: demo.token });
    browser = await launchBrowser();
    const context = await browser.newContext({
      viewport: { width: 1400, height: 1200 },
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    page = await context.newPage();
    page.setDefaultTimeout(120_000);
    await eventually('routes have been seen', async () => (await routesSeen()).includes('GET /api/agents'));
    await page.goto(`${demo.dashboardUrl}`);
    await page.locator('body[data-ready]').waitFor();
    await page.evaluate(() => (location.hash = 'keys'));
    await page.locator('body[data-ready=keys]').waitFor();
  });
  after(async () => {
    await browser?.close();
    await demo?.stop();
    rmSync(workspace, { recursive: true, force: true });
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await picture('failed');
  });

  const picture = (name: string) =>
    page.screenshot({ path: `artifacts/keys-dashboard-${name}.png`, fullPage: true });
  const dialog = () => page.locator('dialog[open]');
  const panel = (id: string) => page.locator(`[data-panel="api-keys/${id}"]`);
  const rowIn = (id: string, text: string) => panel(id).locator('tbody tr', { hasText: text }).first();

  async function routesSeen(): Promise<readonly string[]> {
    const response = await fetch(`${demo.gatewayUrl}/api/commands/api-keys/routes-seen`, {
      method: 'POST',
      headers: { authorization: `Bearer ${demo.token}`, 'content-type': 'application/json' },
      body: '{}',
    });
    return ((await response.json()) as { suggestions: readonly string[] }).suggestions;
  }
  /** What a page can leave behind. */
  const keptByTheBrowser = (): Promise<string> =>
    page.evaluate(async () =>
      JSON.stringify([
        { ...localStorage },
        { ...sessionStorage },
        history.state,
        location.href,
        document.cookie,
        await indexedDB.databases(),
        await caches.keys(),
      ]),
    );
  const use = async (path: string, key: string): Promise<number> => {
    const response = await fetch(demo.proxyUrl + path, { headers: { 'x-api-key': key } });
    await response.arrayBuffer();
    return response.status;
  };

  it('offers the routes really seen as scopes of a new key', async () => {
    await page.getByRole('button', { name: 'Create a key' }).first().click();
    await dialog().locator('[data-field=label] input').fill('reader');
    await dialog().locator('.suggestion', { hasText: 'GET /api/agents' }).first().waitFor();
    const more = dialog().locator('.suggestions .link-button');
    if ((await more.count()) > 0) await more.click();
    await dialog().getByRole('button', { name: 'GET /api/agents', exact: true }).click();
    const written = () => dialog().locator('[data-field=scopes] textarea').inputValue();
    await eventually('it stands in the field', async () => (await written()) === 'GET /api/agents');
    // When a key ends is asked at first sight, and an answer is offered.
    assert.equal(await dialog().locator('[data-field=expiresInDays] input').inputValue(), '90');
    await picture('scopes');
    await dialog().locator('vscode-button.submit').click();
  });

  it('shows the key once, masked, to be copied', async () => {
    const once = page.locator('dialog.once');
    await once.locator('[data-secret=masked]').first().waitFor();
    await once.getByRole('button', { name: /^Copy/ }).first().click();
    secret = await eventually('it is copied', async () => {
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      return copied.startsWith('sc_live_') && copied;
    });
    await picture('once');
    await page.keyboard.press('Escape');
    await once.first().waitFor({ state: 'detached' });
    assert.ok(!(await page.content()).includes(secret));
    assert.ok(!(await keptByTheBrowser()).includes(secret));
    assert.equal(await use('/api/agents', secret), 200);
    assert.equal(await use('/api/workflows', secret), 403);
    const { keys: listed } = await keys.listApiKeys({ search: 'reader' });
    const daysLeft = (Date.parse(listed[0]?.expiresAt ?? '') - Date.now()) / 86_400_000;
    assert.ok(daysLeft > 89 && daysLeft < 91, String(daysLeft));
  });

  it('imports a key by its hash, and says at the field what is no hash', async () => {
    const theirs = 'a-key-of-elsewhere';
    await page.getByRole('button', { name: 'Import a key' }).first().click();
    await dialog().locator('[data-field=label] input').fill('theirs');
    await dialog().locator('[data-field=digest] input').fill('nonsense');
    await dialog().locator('vscode-button.submit').click();
    await dialog()
      .locator('[data-field=digest] [role=alert]', { hasText: '64 hexadecimal digits' })
      .waitFor();
    await picture('import');
    const digest = createHash('sha256').update(theirs).digest('hex');
    await dialog().locator('[data-field=digest] input').fill(digest);
    await dialog().locator('vscode-button.submit').click();
    await rowIn('keys', 'theirs').waitFor();
    assert.equal(await use('/api/agents', theirs), 200);
  });

  it('shows failed attempts and use', async () => {
    for (let count = 0; count < 30; count += 1) await use('/api/agents', secret);
    await panel('failures').locator('.timeline, ol, li', { hasText: '/api/workflows' }).first().waitFor();
    await eventually('its use is listed', async () =>
      /\b3\d\b/.test(
        await rowIn('usage', 'reader')
          .innerText()
          .catch(() => ''),
      ),
    );
    await panel('usage').locator('svg').first().waitFor();
    await picture('use');
  });

  it('rotates, and tells who still uses the old key and when its grace ends', async () => {
    const row = rowIn('keys', 'reader');
    await row.getByRole('button', { name: 'Rotate' }).click();
    await dialog().locator('vscode-button.submit').click();
    await page.locator('dialog.once [data-secret=masked]').first().waitFor();
    await page.keyboard.press('Escape');
    await page.locator('dialog.once').waitFor({ state: 'detached' });
    assert.equal(await use('/api/agents', secret), 200);
    const rotating = rowIn('rotation', 'reader');
    const told = () => rotating.locator('td').allInnerTexts();
    await eventually('the use of the old key is told', async () => {
      assert.equal(await use('/api/agents', secret), 200);
      const cells = await told();
      return Number(cells[5]) > 0 && cells[7]?.trim() === '127.0.0.1';
    });
    const [, , , graceEndsAt = ''] = await told();
    assert.match(graceEndsAt, /\d\d:\d\d/);
    await picture('rotation');
  });

  it('ends the grace on demand', async () => {
    await rowIn('rotation', 'reader').getByRole('button', { name: 'End it now' }).click();
    await dialog().locator('.question').waitFor();
    await dialog().locator('vscode-button.submit').click();
    await eventually('the old key is refused', async () => (await use('/api/agents', secret)) === 401);
    await panel('rotation').locator('tr', { hasText: 'reader' }).waitFor({ state: 'detached' });
  });

  it('narrows a key to what it uses, with one click and a confirmation', async () => {
    const row = rowIn('least-privilege', 'demo');
    await row.getByRole('button', { name: 'Narrow to these' }).click();
    await dialog().locator('.question').waitFor();
    await picture('narrow');
    await dialog().locator('vscode-button.submit').click();
    await eventually('the demo’s key is narrowed', async () => {
      const { keys: listed } = await keys.listApiKeys({ search: 'demo' });
      return listed[0]?.scopes.includes('GET /api/agents') === true && !listed[0].scopes.includes('*');
    });
  });

  it('can be led with the keyboard alone', async () => {
    // A question that closes gives the focus back to where it was asked.
    await page.locator('dialog[open]').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Create a key' }).first().focus();
    await page.keyboard.press('Enter');
    // The first question has the focus.
    await dialog().locator('[data-field=label] input:focus').waitFor();
    await page.keyboard.type('by keyboard');
    await page.keyboard.press('Enter');
    await page.locator('dialog.once [data-secret=masked]').first().waitFor();
    await page.keyboard.press('Escape');
    await page.locator('dialog.once').waitFor({ state: 'detached' });
    const row = rowIn('keys', 'by keyboard');
    await row.focus();
    await page.keyboard.press('Enter');
    const drawer = page.locator('aside.drawer', { hasText: 'by keyboard' });
    await drawer.getByRole('button', { name: 'Rotate' }).waitFor();
    await picture('drawer');
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'detached' });
    await eventually('the focus is back on the row', () =>
      row.evaluate((element) => element === document.activeElement),
    );
  });

  it('begins a change with what is set, and keeps what was not touched', async () => {
    await rowIn('keys', 'by keyboard').getByRole('button', { name: 'Change' }).click();
    const label = dialog().locator('[data-field=label] input');
    await eventually('what is set stands there', async () => (await label.inputValue()) === 'by keyboard');
    await label.fill('renamed');
    await picture('change');
    await dialog().locator('vscode-button.submit').click();
    await rowIn('keys', 'renamed').waitFor();
    const { keys: listed } = await keys.listApiKeys({ search: 'renamed' });
    assert.deepEqual(
      listed.map(({ scopes, owner }) => [scopes, owner]),
      [[['*'], null]],
    );
  });
});
