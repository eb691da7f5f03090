import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { build, vsixFile } from '../scripts/build.ts';
import { startEditor, type Editor } from '../scripts/vscode/editor.ts';
import { findApiKeys, type ApiKeyClient, type FreshApiKey } from '../shared/index.ts';
import { eventually } from './eventually.ts';
import { gatewayClient } from './gateway-client.ts';
import { startKeysSidecar, type KeysSidecar } from './keys-sidecar.ts';

/** How long a step is waited for before it is tried again: a busy machine takes seconds for a click. */
const stepLimitMs = 10_000;

/** A key that lies in a file, seen and taken out in a real VS Code, before a real sidecar. */
describe('An API key in a file', () => {
  let guarded: KeysSidecar;
  let keys: ApiKeyClient;
  let made: FreshApiKey;
  let file: string;
  let editor: Editor;

  before(async () => {
    mkdirSync('artifacts', { recursive: true });
    guarded = await startKeysSidecar({ name: 'keys-editor', options: { prefix: 'acme' } });
    ({ keys } = guarded);
    made = await keys.createApiKey({ label: 'Orders', owner: 'core' });
    file = join(guarded.workspace, 'client.ts');
    writeFileSync(file, `export const auth = 'Bearer ${made.key}';\n`);
    await build({ vsix: true });
    editor = await startEditor({ vsix: vsixFile, folder: guarded.workspace });
  });
  after(async () => {
    await editor?.stop();
    await guarded?.stop();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await picture('failed');
  });

  const picture = (name: string) => editor.page.screenshot({ path: `artifacts/keys-editor-${name}.png` });
  const written = (): string => readFileSync(file, 'utf8');

  it('is marked, with the prefix that the sidecar told', async () => {
    const { page } = editor;
    await page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'client.ts' }).dblclick();
    await page.locator('.squiggly-warning').first().waitFor();
    await editor.command('Problems: Focus on Problems View');
    await page.locator('.markers-panel', { hasText: 'An API key is written into this file.' }).waitFor();
    await picture('marked');
  });

  it('says whose it is, without sending it', async () => {
    const { page } = editor;
    // The middle of the literal lies in the key. A hover ends when the editor is drawn anew under it.
    const literal = page.locator('.view-line span', { hasText: made.key }).last();
    await eventually('the hover says whose it is', async () => {
      await page.mouse.move(0, 0);
      await literal.hover();
      return page
        .locator('.monaco-hover:not(.hidden)', { hasText: '“Orders”' })
        .first()
        .waitFor({ timeout: stepLimitMs })
        .then(
          () => true,
          () => false,
        );
    });
    await picture('hover');
    await page.keyboard.press('Escape');
  });

  it('is rotated and replaced by a variable; the old one goes on for its grace', async () => {
    const { page } = editor;
    await quickFix('Rotate and replace here');
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'environment variable' }).click();
    await editor.answer('Name of the environment variable');
    const replaced = "export const auth = 'Bearer ' + process.env.ORDERS_API_KEY;\n";
    await eventually('the file has changed', () => written() === replaced);
    await page.locator('.squiggly-warning').waitFor({ state: 'detached' });
    const { keys: listed } = await keys.listApiKeys();
    assert.deepEqual(listed.map(({ status }) => status).sort(), ['active', 'rotating']);
    const [rotation] = await gatewayClient(guarded.sidecar.gateway, guarded.token).events({
      type: 'api-keys/rotated',
    });
    assert.equal((rotation?.data as { actor: { label: string } } | undefined)?.actor.label, 'VS Code');
    await picture('replaced');
  });

  it('leaves its successor in the secret storage, to be copied to where the variable is set', async () => {
    const { page } = editor;
    await editor.command('Outrider: Copy an API Key Kept in SecretStorage…');
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Orders' }).click();
    await page.locator('.notifications-toasts', { hasText: 'The key was copied.' }).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(findApiKeys(copied, 'acme').length, 1);
    assert.notEqual(copied, made.key);
    const { http } = guarded.sidecar;
    const answer = await fetch(`${http}/`, { headers: { 'x-api-key': copied } });
    assert.equal(answer.status, 200);
  });

  it('is kept and taken out of the file, when that is all that is wanted', async () => {
    const { page } = editor;
    const other = await keys.createApiKey({ label: 'Kept' });
    writeFileSync(file, `export const auth = 'Bearer ${other.key}';\n`);
    await page.locator('.squiggly-warning').first().waitFor();
    await quickFix('Keep it in SecretStorage and remove it here');
    // The editor empties a file before it writes it, so only the whole text counts.
    await eventually('the key is out of the file', () => written() === "export const auth = 'Bearer ';\n");
    await editor.command('Outrider: Copy an API Key Kept in SecretStorage…');
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Kept' }).click();
    await eventually('it is copied', async () => {
      return (await page.evaluate(() => navigator.clipboard.readText())) === other.key;
    });
  });

  /** At the key. The menu closes by itself when the window is busy with something else, and other things may take the focus. */
  async function quickFix(title: string): Promise<void> {
    const row = editor.page.locator('.action-widget .monaco-list-row', { hasText: title });
    await eventually(`the quick fix “${title}” is taken`, async () => {
      await atTheKey();
      await editor.page.keyboard.press('Control+.');
      return row.click({ timeout: stepLimitMs }).then(
        () => true,
        () => false,
      );
    });
  }

  /** Into the editor, onto the key. */
  async function atTheKey(): Promise<void> {
    const { page } = editor;
    await page.locator('.monaco-editor .view-line').first().click();
    await page.keyboard.press('Control+Home');
    for (let step = 0; step < 35; step += 1) await page.keyboard.press('ArrowRight');
  }
});
