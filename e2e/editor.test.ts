import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Frame, Locator } from 'playwright-core';
import { startDemo, type Demo } from '../docker/demo/start.ts';
import { startStandIn, type StandIn } from '../extension/testing/stand-in-gateway.ts';
import { build, vsixFile, webFolder } from '../scripts/build.ts';
import { postgresUrl } from '../scripts/services.ts';
import { startEditor, type Editor } from '../scripts/vscode/editor.ts';
import { eventually } from './eventually.ts';

/** How long a step is waited for before it is tried again: a busy machine takes seconds for a click. */
const stepLimitMs = 10_000;
const lookLimitSeconds = 120;

/** The packaged extension in a real VS Code, before a real sidecar with real traffic. */
describe('The extension in VS Code', () => {
  const workspace = mkdtempSync(join(tmpdir(), 'outrider-vscode-'));
  let demo: Demo;
  let editor: Editor;
  let standIn: StandIn;

  before(async () => {
    mkdirSync('artifacts', { recursive: true });
    await build({ vsix: true });
    standIn = await startStandIn(webFolder);
    // The line that a finding of the stand-in names.
    mkdirSync(join(workspace, 'backend'));
    writeFileSync(join(workspace, 'backend/routes.ts'), '// a line\n'.repeat(60));
    demo = await startDemo({ workspace, serverUrl: postgresUrl(), databaseName: 'e2e_editor' });
    const settings = { 'workbench.colorTheme': 'Default Dark Modern' };
    editor = await startEditor({ vsix: vsixFile, folder: workspace, settings });
  });
  after(async () => {
    await editor?.stop();
    await demo?.stop();
    await standIn?.close();
    rmSync(workspace, { recursive: true, force: true });
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await picture('failed');
  });

  const picture = (name: string) => editor.page.screenshot({ path: `artifacts/editor-${name}.png` });
  const statusBar = () => editor.page.locator('.statusbar-item', { hasText: /req\/s/ });
  const inTree = (text: string | RegExp) =>
    editor.page.locator('.sidebar .monaco-list-row').filter({ hasText: text });

  async function openDashboard(title: string, id: string): Promise<Frame> {
    await editor.command(`Outrider: Open ${title}`);
    return editor.webview(`body[data-ready=${id}] main[data-dashboard=${id}]`);
  }

  it('finds the running sidecar by the file in the workspace and tells its traffic', async () => {
    await statusBar().waitFor();
    const first = await statusBar().innerText();
    await eventually('the status bar changes', async () => (await statusBar().innerText()) !== first);
  });

  it('lists findings, traffic and keys in the activity bar, live', async () => {
    await editor.page.locator('.activitybar .action-item:has(a[aria-label^="Outrider"])').click();
    await inTree(/GET \/api\/agents/)
      .first()
      .waitFor();
    await inTree('demo').first().waitFor();
    await picture('activity-bar');
  });

  for (const [title, id] of [
    ['Overview', 'overview'],
    ['Security', 'security'],
    ['API Keys', 'keys'],
    ['Queries and Indexes', 'queries'],
    ['Events', 'events'],
    ['Cache and Load', 'cache'],
    ['Plugins', 'plugins'],
  ] as const)
    it(`draws the dashboard ${title}`, async () => {
      const frame = await openDashboard(title, id);
      await frame.locator('[data-connection=live]').waitFor();
      assert.equal(await frame.locator('.failure').count(), 0);
      await picture(id);
    });

  it('shows live data in a dashboard', async () => {
    const frame = await openDashboard('Overview', 'overview');
    const position = frame.locator('.time-note');
    const first = await position.innerText();
    await eventually('the position of the log moves', async () => (await position.innerText()) !== first);
  });

  it('opens an exchange of the traffic with its statements', async () => {
    // The traffic moves on under the mouse: the row that was hit may be of another exchange.
    const frame = await eventually('an exchange with statements is shown', async () => {
      await inTree(/GET \/api\/agents/)
        .first()
        .click();
      const shown = await editor.webview('.drawer');
      return shown
        .locator('.drawer', { hasText: /SELECT/ })
        .waitFor({ timeout: stepLimitMs })
        .then(
          () => shown,
          () => null,
        );
    });
    await picture('exchange');
    await frame.locator('.drawer .close').click();
  });

  it('creates an API key, shows it once, and revokes it from the tree', async () => {
    await editor.command('Outrider: Create API Key…');
    const frame = await editor.webview('dialog[open] [data-field=label]');
    await frame.locator('[data-field=label] input').fill('from the editor');
    await frame.locator('dialog vscode-button.submit').click();
    await frame.locator('dialog.once').getByRole('button', { name: 'Reveal' }).click();
    const secret = await frame.locator('dialog.once [data-secret=shown]').first().innerText();
    await picture('key-created');
    await frame.locator('dialog.once .close').click();
    const status = async () =>
      (await fetch(`${demo.proxyUrl}/api/agents`, { headers: { 'x-api-key': secret } })).status;
    assert.equal(await status(), 200);

    const row = inTree('from the editor').first();
    await pressInRow(row, 'Revoke');
    const asked = await editor.webview('dialog[open] .question');
    await asked.locator('dialog vscode-button.submit').click();
    await eventually('the key is refused', async () => (await status()) === 401);
    await eventually('the tree shows it', async () => /revoked/.test(await row.innerText()));
    await picture('key-revoked');
  });

  it('opens a stream from the tree', async () => {
    await editor.page.locator('.sidebar .pane-header', { hasText: 'Streams' }).click();
    await inTree(/^api-keys\//)
      .first()
      .click();
    const frame = await editor.webview('main[data-dashboard=events] ~ * .drawer');
    await frame.locator('.drawer', { hasText: 'api-keys/created' }).waitFor();
    await picture('stream');
    await frame.locator('.drawer .close').click();
    await editor.page.locator('.sidebar .pane-header', { hasText: 'Streams' }).click();
  });

  it('lets a plugin only observe, and act again, from the tree', async () => {
    await editor.page.locator('.sidebar .pane-header', { hasText: 'Plugins' }).click();
    const row = inTree(/^slow-queries/).first();
    for (const [press, mode] of [
      ['Let Plugin Only Observe', 'observe'],
      ['Let Plugin Enforce', 'enforce'],
    ] as const) {
      await pressInRow(row, press);
      await eventually(`the plugin is shown as ${mode}`, async () => (await row.innerText()).includes(mode));
    }
    await picture('plugins-tree');
  });

  it('travels to a position of the log and back', async () => {
    await editor.command('Outrider: Travel to a Position of the Log…');
    await editor.answer('Travel to a position of the log', '50');
    const frame = await editor.webview('.app.is-past main[data-dashboard=overview]');
    await frame.locator('[data-moment="past 50"]').first().waitFor();
    await picture('past');
    await editor.command('Outrider: Go Back to Live');
    await frame.locator('.app:not(.is-past)').waitFor();
  });

  it('looks right in a light and in a high-contrast theme', async () => {
    const frame = await openDashboard('Overview', 'overview');
    for (const theme of ['Light Modern', 'Dark High Contrast'] as const) {
      const before = await frame.evaluate(() => getComputedStyle(document.body).backgroundColor);
      await editor.theme(theme);
      const look = () => frame.evaluate(() => getComputedStyle(document.body).backgroundColor);
      await eventually('the theme reached the webview', async () => (await look()) !== before);
      await picture(theme.toLowerCase().replaceAll(' ', '-'));
    }
  });

  it('connects by address and token, and shows findings at their line of source', async () => {
    // A second try begins where the first one ended.
    if ((await statusBar().count()) > 0) await editor.command('Outrider: Disconnect');
    await statusBar().waitFor({ state: 'detached' });
    await connect(standIn.url, standIn.token);
    await editor.command('Problems: Focus on Problems View');
    await editor.page.locator('.markers-panel', { hasText: 'runs one statement per workflow' }).waitFor();
    await picture('problems');
  });

  it('goes back to another sidecar', async () => {
    await connect(demo.gatewayUrl, demo.token);
    await eventually('its keys are listed', async () => (await inTree('from the editor').count()) > 0);
  });

  /** The action of a row is there while the mouse is over it, and the tree may be drawn anew in between. */
  async function pressInRow(row: Locator, label: string): Promise<void> {
    const action = row.locator(`a.action-label[aria-label^="${label}"]`);
    const isPressed = async (): Promise<boolean> => {
      await row.hover();
      return action.click({ timeout: stepLimitMs }).then(
        () => true,
        () => false,
      );
    };
    await eventually(`“${label}” is pressed`, isPressed, lookLimitSeconds);
  }

  async function connect(gateway: string, token: string): Promise<void> {
    await editor.command('Outrider: Connect to a Sidecar…');
    await editor.answer('Connect to a sidecar (1/2)', gateway);
    await editor.answer('Connect to a sidecar (2/2)', token);
    await statusBar().waitFor();
  }
});
