import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { build, webFolder } from '../../scripts/build.ts';
import { launchBrowser } from '../../scripts/vscode/browser.ts';
import { startStandIn, type StandIn } from '../testing/stand-in-gateway.ts';

/** The renderer in a real browser, before a stand-in gateway that shows one of every view. */
describe('Every kind of view, in Chromium', function () {
  this.timeout(120_000);
  let gateway: StandIn;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  before(async function () {
    this.timeout(600_000);
    await build();
    await mkdir('artifacts', { recursive: true });
    [gateway, browser] = await Promise.all([startStandIn(webFolder), launchBrowser()]);
  });
  after(async () => {
    await browser?.close();
    await gateway?.close();
  });
  afterEach(async () => {
    await page.close();
    gateway.show(0);
    assert.deepEqual(complaints.splice(0), [], 'the console is quiet, the content policy too');
  });

  async function open(options: BrowserContextOptions = {}, token = gateway.token): Promise<void> {
    page = await browser.newPage({ viewport: { width: 1300, height: 900 }, ...options });
    page.setDefaultTimeout(60_000);
    page.on('console', (message) => {
      // The browser itself notes every refusal of the gateway.
      if (/status of 400/.test(message.text())) return;
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${gateway.url}/#token=${token}`);
  }

  const ready = () => page.locator('body[data-ready=overview]').waitFor();
  const panel = (id: string): Locator => page.locator(`[data-panel="demo/${id}"]`);
  const row = (key: string): Locator => panel('statements').locator(`tr[data-key="${key}"]`);
  const press = (name: string) => page.getByRole('button', { name, exact: true }).first().click();

  for (const [name, options] of [
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['high-contrast', { colorScheme: 'dark', contrast: 'more' }],
    ['narrow', { colorScheme: 'light', viewport: { width: 420, height: 900 } }],
  ] as const)
    it(`is drawn (${name})`, async () => {
      await open(options);
      await ready();
      for (let minute = 1; minute <= 5; minute++) gateway.show(minute);
      await panel('figures').getByText('1439').waitFor();
      for (const drawn of [
        'svg .line',
        'svg .bar',
        'table',
        '[role=tree]',
        'pre mark',
        '.timeline',
        '.graph .node',
        '.secret',
      ])
        assert.ok((await page.locator(drawn).count()) > 0, drawn);
      assert.match(await panel('unknown').innerText(), /cannot draw \(hologram\)/);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(overflow <= 0, `the page is ${overflow} px wider than the window`);
      await page.screenshot({ path: `artifacts/every-view-${name}.png`, fullPage: true });
    });

  it('takes the token out of the address and keeps it for the tab', async () => {
    await open();
    await ready();
    assert.equal(page.url(), `${gateway.url}/`);
    await page.reload();
    await ready();
  });

  it('asks for the token when it is missing or wrong, and says that it was wrong', async () => {
    await open({}, 'wrong');
    await page.locator('.sign-in .failure', { hasText: 'Refused: token_wrong.' }).waitFor();
    const field = page.locator('.sign-in input');
    await field.fill(gateway.token);
    await field.press('Enter');
    await ready();
  });

  it('shows what data says and never lets it be markup', async () => {
    await open();
    await ready();
    assert.ok((await panel('words').innerText()).includes('<img src=x onerror=alert(1)>'));
    assert.equal(await page.locator('img').count(), 0);
  });

  it('scrolls what only screen readers see with its table, so that it widens no page', async () => {
    await open();
    await ready();
    const heading = page.locator('th.actions-column .visually-hidden').first();
    const scrolledBy = await heading.evaluate((each: HTMLElement) => each.offsetParent?.className);
    assert.equal(scrolledBy, 'scroll');
  });

  it('gives every button a name', async () => {
    await open();
    await ready();
    const nameless = await page
      .locator('button:not(.control), vscode-button')
      .evaluateAll((buttons) =>
        buttons
          .filter((button) => !button.textContent?.trim() && !button.getAttribute('aria-label'))
          .map(({ outerHTML }) => outerHTML),
      );
    assert.deepEqual(nameless, []);
  });

  it('keeps focus, filter, order and place when new views come', async () => {
    await open();
    await ready();
    await panel('statements').getByRole('button', { name: 'Calls' }).click();
    await panel('statements').locator('input').fill('agents');
    await row('s135').focus();
    const before = await page.evaluate(() => window.scrollY);
    gateway.show(3);
    await row('s105').getByText('3,888').waitFor();
    assert.equal(await panel('statements').locator('input').inputValue(), 'agents');
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('data-key')), 's135');
    assert.equal(await page.evaluate(() => window.scrollY), before);
    assert.equal(await panel('statements').locator('th[aria-sort=descending]').innerText(), 'Calls↓');
  });

  it('is walked and opened by keyboard; Escape goes back to where one was', async () => {
    await open();
    await ready();
    await row('s0').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('.drawer').waitFor();
    assert.deepEqual(gateway.runs.at(-1), { command: 'demo/details', input: { id: 's2' } });
    await page.keyboard.press('Escape');
    await page.locator('.drawer').waitFor({ state: 'detached' });
    await page.locator('tr[data-key=s2]:focus').waitFor();
  });

  it('reads a chart by the arrow keys', async () => {
    await open();
    await ready();
    await panel('traffic').locator('.chart-frame').focus();
    await page.keyboard.press('End');
    await panel('traffic').locator('.tooltip').getByText('p99').waitFor();
    await page.keyboard.press('Escape');
    await panel('traffic').locator('.tooltip').waitFor({ state: 'detached' });
  });

  it('asks what a command needs, says what is wrong, and shows a secret once', async () => {
    await open();
    await ready();
    await press('Create a key');
    const label = page.locator('[data-field=label] input');
    await page.locator('vscode-button.submit').click();
    await page.locator('[data-field=label]').getByText('This is needed.').waitFor();
    await label.fill('taken');
    await label.press('Enter');
    await page.getByText('Another key has this label.').waitFor();
    await label.fill('ci');
    await label.press('Enter');
    const secret = page.locator('dialog.once [data-secret]');
    assert.doesNotMatch(await secret.innerText(), /or_live/);
    await page.locator('dialog.once').getByRole('button', { name: 'Reveal' }).click();
    assert.equal(await secret.innerText(), 'or_live_0123456789abcdef');
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    assert.deepEqual(gateway.runs.at(-1)?.input, { label: 'ci', environment: 'live', isReadOnly: false });
  });

  it('asks before it does what cannot be undone', async () => {
    await open();
    await ready();
    const before = gateway.runs.length;
    await press('Revoke it');
    await page.getByText('Revoke the key').waitFor();
    await page.locator('dialog').getByRole('button', { name: 'Cancel' }).click();
    assert.equal(gateway.runs.length, before);
    await press('Revoke it');
    await page.locator('vscode-button.submit').click();
    await page.getByText('Exclude a rule: done.').waitFor();
    assert.equal(gateway.runs.length, before + 1);
  });

  it('shows a past moment, two moments with what differs, and comes back to live', async () => {
    await open();
    await ready();
    gateway.show(5);
    await panel('figures').getByText('1439').waitFor();
    await press('Pause');
    const position = page.locator('input.position');
    await position.fill('1000');
    await position.press('Enter');
    await panel('figures').getByText('1284').waitFor();
    assert.equal(await panel('words').locator('vscode-button[disabled]').count(), 2);
    await press('Compare');
    // Until it is drawn, the only field there is belongs to the past moment.
    await position.nth(1).waitFor();
    await position.nth(0).fill('1000');
    await position.nth(0).press('Enter');
    await position.nth(1).fill('1050');
    await position.nth(1).press('Enter');
    // Until the second is taken, both sides show the same.
    await panel('figures').locator('.side').nth(0).getByText('1284').waitFor();
    await panel('figures').locator('.side').nth(1).getByText('1439').waitFor();
    assert.ok((await panel('statements').locator('td.changed').count()) > 0);
    await page.screenshot({ path: 'artifacts/every-view-compare.png' });
    await press('Live');
    await panel('figures').locator('.two').waitFor({ state: 'detached' });
  });

  it('comes back by itself when the connection was lost', async () => {
    await open();
    await ready();
    gateway.dropSockets();
    await page.locator('[data-connection=waiting], [data-connection=connecting]').waitFor();
    await page.locator('[data-connection=live]').waitFor();
    gateway.show(2);
    await panel('figures').getByText('1346').waitFor();
  });
});
