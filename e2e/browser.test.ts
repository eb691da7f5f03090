import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { Browser, Page } from 'playwright-core';
import { startDemo, type Demo } from '../docker/demo/start.ts';
import { dashboards } from '../extension/dashboards/catalogue.ts';
import { build } from '../scripts/build.ts';
import { postgresUrl } from '../scripts/services.ts';
import { launchBrowser } from '../scripts/vscode/browser.ts';
import { eventually } from './eventually.ts';

/** The dashboards as anybody with the token sees them, before a real sidecar with real traffic. */
describe('The dashboards in a browser', () => {
  const workspace = mkdtempSync(join(tmpdir(), 'outrider-browser-'));
  const complaints: string[] = [];
  let demo: Demo;
  let browser: Browser;
  let page: Page;

  before(async () => {
    mkdirSync('artifacts', { recursive: true });
    await build();
    demo = await startDemo({ workspace, serverUrl: postgresUrl(), databaseName: 'e2e_browser' });
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1400, height: 950 } });
    page.setDefaultTimeout(120_000);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(demo.dashboardUrl);
  });
  after(async () => {
    await browser?.close();
    await demo?.stop();
    rmSync(workspace, { recursive: true, force: true });
  });

  async function show(dashboard: string): Promise<void> {
    await page.locator(`nav a[href="#${dashboard}"]`).click();
    await page.locator(`body[data-ready=${dashboard}]`).waitFor();
  }

  const dialog = () => page.locator('dialog[open]');

  it('takes the token from the address and shows live traffic', async () => {
    await page.locator('body[data-ready=overview]').waitFor();
    assert.doesNotMatch(page.url(), /token/);
    await page.locator('[data-connection=live]').waitFor();
    const events = page.locator('.stat', { hasText: 'Events' }).locator('.stat-value').first();
    const first = await events.innerText();
    await eventually(
      'the number of events grows by itself',
      async () => (await events.innerText()) !== first,
    );
  });

  for (const { id, title } of dashboards)
    it(`draws the dashboard ${title}, in light and in dark`, async () => {
      await show(id);
      assert.equal(await page.locator('h1').innerText(), title);
      assert.equal(await page.locator('.failure').count(), 0);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.screenshot({ path: `artifacts/browser-${id}-${colorScheme}.png`, fullPage: true });
      }
      await page.emulateMedia({ colorScheme: null });
    });

  it('opens what a finding is about', async () => {
    await show('overview');
    const finding = page.locator('.finding-title.link-button').first();
    await finding.click();
    await page.locator('.drawer .overlay-body > *').first().waitFor();
    await page.screenshot({ path: 'artifacts/browser-finding.png' });
    await page.keyboard.press('Escape');
  });

  it('creates a key whose secret works at once, and revokes it', async () => {
    await show('keys');
    await page.getByRole('button', { name: 'Create a key' }).first().click();
    await page.locator('[data-field=label] input').fill('from the browser');
    await page.locator('[data-field=label] input').press('Enter');
    await dialog().getByRole('button', { name: 'Reveal' }).click();
    const secret = await dialog().locator('[data-secret=shown]').first().innerText();
    await page.keyboard.press('Escape');
    const status = async () =>
      (await fetch(`${demo.proxyUrl}/api/agents`, { headers: { 'x-api-key': secret } })).status;
    assert.equal(await status(), 200);
    const row = page.locator('tr', { hasText: 'from the browser' }).first();
    await row.getByRole('button', { name: 'Revoke' }).click();
    await dialog().locator('vscode-button.submit').click();
    await eventually('the key is refused', async () => (await status()) === 401);
  });

  it('shows two moments of the log side by side', async () => {
    await show('overview');
    // Right after the start both moments may still be alike: look again once more has happened.
    await eventually('something has changed between the two', async () => {
      await page.getByRole('button', { name: 'Live', exact: true }).click();
      await page.getByRole('button', { name: 'Compare', exact: true }).click();
      await page.locator('.two').first().waitFor();
      return page
        .locator('.changed')
        .first()
        .waitFor({ timeout: 3000 })
        .then(
          () => true,
          () => false,
        );
    });
    await page.screenshot({ path: 'artifacts/browser-compare.png', fullPage: true });
    await page.getByRole('button', { name: 'Live', exact: true }).click();
    await page.locator('.two').first().waitFor({ state: 'detached' });
  });

  it('complained of nothing all the while', () => {
    assert.deepEqual(complaints, []);
  });
});
