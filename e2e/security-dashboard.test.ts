import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Browser, Page } from 'playwright-core';
import { startDemo, type Demo } from '../docker/demo/start.ts';
import { build } from '../scripts/build.ts';
import { postgresUrl } from '../scripts/services.ts';
import { launchBrowser } from '../scripts/vscode/browser.ts';
import { eventually } from './eventually.ts';
import { gatewayClient, type GatewayClient } from './gateway-client.ts';

const union = "zzz%' UNION SELECT 1, current_user --";

/** Attacks as whoever watches over them sees them: on the security dashboard, in a browser, before a real sidecar. */
describe('The security dashboard', () => {
  const workspace = mkdtempSync(join(tmpdir(), 'outrider-security-'));
  const complaints: string[] = [];
  let demo: Demo;
  let gateway: GatewayClient;
  let browser: Browser;
  let page: Page;

  before(async () => {
    mkdirSync('artifacts', { recursive: true });
    await build();
    demo = await startDemo({
      workspace,
      hasTraffic: false,
      serverUrl: postgresUrl(),
      databaseName: 'e2e_security_dashboard',
      size: { executions: 100, messages: 100 },
      config: {
        plugins: [
          { plugin: 'api-keys', options: { publicRoutes: ['GET /health'] } },
          { plugin: 'injection-filter', options: { learnFromOneIn: 1 } },
        ],
      },
    });
    gateway = gatewayClient(demo.gatewayUrl, demo.token);
    await traffic();
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1400, height: 1100 } });
    page.setDefaultTimeout(120_000);
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(demo.dashboardUrl);
    await page.locator('nav a[href="#security"]').click();
    await page.locator('body[data-ready=security]').waitFor();
  });
  after(async () => {
    await browser?.close();
    await demo?.stop();
    rmSync(workspace, { recursive: true, force: true });
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await picture('failed');
  });

  const picture = async (name: string): Promise<void> => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `artifacts/security-${name}-${colorScheme}.png`, fullPage: true });
    }
    await page.emulateMedia({ colorScheme: null });
  };
  const panel = (id: string) => page.locator(`[data-panel="injection-filter/${id}"]`);
  const drawer = () => page.locator('.drawer');
  const button = (name: string) => drawer().getByRole('button', { name, exact: true }).first();

  /** From which address of this machine it comes: several senders tell a wrong rule from an attacker. */
  function search(word: string, key = demo.key, localAddress = '127.0.0.1'): Promise<number> {
    return new Promise((resolve, reject) => {
      const url = `${demo.proxyUrl}/api/search?q=${encodeURIComponent(word)}`;
      const sent = request(
        url,
        { headers: { 'x-api-key': key }, localAddress, timeout: 30_000 },
        (answer) => {
          answer.resume();
          answer.once('end', () => resolve(answer.statusCode ?? 0));
        },
      );
      sent.once('error', reject);
      sent.end();
    });
  }

  async function traffic(): Promise<void> {
    for (const word of ["O''Neill -- or his agent", 'sales; marketing | all of them', 'Agent 1'])
      await search(word);
    assert.equal(await search('<img src=x onerror=alert(1)>'), 403);
    for (let each = 0; each < 12; each += 1)
      assert.equal(await search('; cat /etc/passwd', demo.key, `127.0.0.${2 + (each % 3)}`), 403);
    assert.equal(await search('Agent 1', 'or_live_wrong'), 401);
    // The latest, so that it stands on top of the log.
    assert.equal(await search(union), 403);
  }

  async function openAttempt(rule: RegExp): Promise<void> {
    await panel('attempts').getByText(rule).first().click();
    await drawer().locator('.overlay-body > *').first().waitFor();
  }

  async function closeDrawer(): Promise<void> {
    await drawer().getByRole('button', { name: 'Close', exact: true }).click();
    await drawer().waitFor({ state: 'detached' });
  }

  /** Presses a button that asks first, and says yes. */
  async function pressAndConfirm(name: string): Promise<void> {
    await button(name).click();
    await page.locator('dialog[open] vscode-button.submit').click();
  }

  it('charts SQL attempts and failed authentications, and lists XSS, commands, sources, routes and rules', async () => {
    for (const [id, text] of [
      ['xss-attempts', /xss\/handler in query q/],
      ['command-attempts', /command\/separator in query q/],
      ['attempts', /sql\/union-select in query q/],
      ['top-sources', /127\.0\.0\.3/],
      ['top-routes', /GET \/api\/search/],
      ['top-rules', /command\/separator\s+12/],
    ] as const) {
      const shown = async () => text.test(await panel(id).innerText());
      await eventually(`${id} shows ${text}`, shown);
    }
    for (const id of ['sql-attempts', 'failed-authentications'])
      await eventually(`${id} has a bar`, async () => (await panel(id).locator('svg rect').count()) > 0);
    await picture('attempts');
  });

  it('suspects a rule that fires for many senders and never reached a statement', async () => {
    const row = panel('false-positive-candidates').locator('tbody tr', { hasText: 'command/separator' });
    await row.getByRole('button', { name: 'Try it on history' }).click();
    await eventually('what it would let pass', async () =>
      /Not refused any more\s+12/.test(await drawer().innerText()),
    );
    await closeDrawer();
  });

  it('opens one attempt: the value with the match marked, rule, verdict and request', async () => {
    await openAttempt(/sql\/union-select in query q/);
    const text = await drawer().innerText();
    assert.match(text, /refused: GET \/api\/search from 127\.0\.0\.1/);
    assert.match(text, /GET \/api\/search\?q=zzz/);
    assert.match(await drawer().locator('mark').first().innerText(), /UNION SELECT/);
    await picture('attempt');
  });

  it('follows the colours of the machine while it is open', async () => {
    const lightness = () =>
      drawer()
        .locator('vscode-button', { hasText: 'Block the source' })
        .evaluate((each) => {
          const parts = getComputedStyle(each).backgroundColor.match(/\d+/g) ?? [];
          return parts.slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
        });
    await page.emulateMedia({ colorScheme: 'light' });
    await eventually('a light button', async () => (await lightness()) > 600, 10);
    await page.emulateMedia({ colorScheme: 'dark' });
    await eventually('a dark button', async () => (await lightness()) < 300, 10);
    await page.emulateMedia({ colorScheme: null });
  });

  it('tries a milder and a stricter rule on history before it goes live', async () => {
    await button('Try: only observe the rule').click();
    await eventually('what it would let pass', async () =>
      /Not refused any more\s+1\b/.test(await drawer().innerText()),
    );
    await closeDrawer();
    assert.equal(await search(union), 403, 'nothing has changed');
    // Ordinary values are sampled, and put into the log once a minute.
    await eventually(
      'ordinary values were sampled',
      async () => /Ordinary values sampled\s+[1-9]/.test(await panel('history').innerText()),
      90,
    );
    const field = { field: 'q', route: '/api/search', kind: 'identifier' };
    const tried = await gateway.post('/api/commands/injection-filter/try-rules', { field });
    const view = JSON.stringify(await tried.json());
    assert.match(view, /"note":"\d+ attempts, [1-9]\d* ordinary values"/);
    await panel('history').getByRole('button', { name: 'Try rules on history' }).click();
    await page.locator('dialog[open] vscode-button.submit').click();
    await eventually('the answer', async () => /Looked at/.test(await drawer().innerText()));
    await picture('tried');
    await closeDrawer();
  });

  it('excludes this rule on this route in this field, and takes it back', async () => {
    await openAttempt(/sql\/union-select in query q/);
    await pressAndConfirm('Exclude');
    // Past the first check the statement itself is refused at the tap.
    await eventually('the request passes', async () => (await search(union)) === 500);
    await closeDrawer();
    const row = panel('changes').locator('tbody tr', { hasText: 'excluded' });
    await row.getByRole('button', { name: 'Take back' }).click();
    await eventually('it is refused again', async () => (await search(union)) === 403);
  });

  it('only observes a rule, shows the statement an attempt reached, and enforces the rule again', async () => {
    await openAttempt(/sql\/union-select in query q/);
    await button('Only observe the rule').click();
    await eventually('the request passes', async () => (await search(union)) === 500);
    await closeDrawer();
    await eventually('it is told', async () => {
      const told = panel('attempts').locator('.timeline-entry, li', { hasText: 'told' });
      return (await told.count()) > 0;
    });
    await openAttempt(/sql\/union-select in query q/);
    await eventually('the statement', async () => /Statement refused/.test(await drawer().innerText()));
    assert.match(await drawer().innerText(), /SELECT id, name FROM agents WHERE name ILIKE/);
    await picture('statement');
    await button('Enforce the rule').click();
    await eventually('it is refused again', async () => (await search(union)) === 403);
    await closeDrawer();
  });

  it('blocks a source for a while, and lets it in again', async () => {
    const row = panel('top-sources').locator('tbody tr', { hasText: '127.0.0.3' });
    await row.getByRole('button', { name: 'Block for an hour' }).click();
    await page.locator('dialog[open] vscode-button.submit').click();
    await eventually('it is refused', async () => (await search('Agent 1', demo.key, '127.0.0.3')) === 403);
    assert.equal(await search('Agent 1'), 200);
    await picture('changed');
    await panel('changes').getByRole('button', { name: 'Let in again' }).click();
    await eventually('it is let in', async () => (await search('Agent 1', demo.key, '127.0.0.3')) === 200);
  });

  it('complained of nothing all the while', () => {
    assert.deepEqual(complaints, []);
  });
});
