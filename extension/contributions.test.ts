import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { z } from 'zod';
import * as contributions from './contributions.ts';

const folder = import.meta.dirname;
const manifest = z
  .object({
    main: z.string(),
    icon: z.string(),
    activationEvents: z.array(z.string()),
    contributes: z.looseObject({
      commands: z.array(z.object({ command: z.string(), title: z.string(), category: z.string() })),
      views: z.record(z.string(), z.array(z.object({ id: z.string() }))),
      viewsWelcome: z.array(z.object({ view: z.string() })),
      menus: z.record(z.string(), z.array(z.object({ command: z.string(), when: z.string() }))),
      configuration: z.object({ properties: z.record(z.string(), z.unknown()) }),
      walkthroughs: z.array(
        z.object({ id: z.string(), steps: z.array(z.object({ media: z.object({ markdown: z.string() }) })) }),
      ),
    }),
  })
  .parse(JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')));
const { contributes } = manifest;
const commandIds = [...Object.values(contributions.commandIds), ...contributions.openCommandIds];

describe('What package.json contributes', () => {
  it('has every command once, and no other', () => {
    assert.deepEqual(contributes.commands.map(({ command }) => command).sort(), [...commandIds].sort());
  });

  it('has every view once, with words for when it is empty', () => {
    const ids = Object.values(contributes.views).flatMap((views) => views.map(({ id }) => id));
    assert.deepEqual([...ids].sort(), Object.values(contributions.viewIds).sort());
    const welcomed = new Set(contributes.viewsWelcome.map(({ view }) => view));
    assert.deepEqual(
      ids.filter((id) => !welcomed.has(id)),
      [],
    );
  });

  it('has every setting and no other', () => {
    const names = Object.keys(contributes.configuration.properties);
    assert.deepEqual(names.sort(), Object.values(contributions.settingIds).sort());
  });

  it('names in menus only commands, views, item kinds and context keys that exist', () => {
    const known = new Set<string>(commandIds);
    const kinds = Object.values<string>(contributions.itemKinds);
    for (const { command, when } of Object.values(contributes.menus).flat()) {
      assert.ok(known.has(command), command);
      const kind = /viewItem == (\S+)/.exec(when)?.[1];
      if (kind !== undefined) assert.ok(kinds.includes(kind), when);
      const pattern = /viewItem =~ \/(.+)\//.exec(when)?.[1];
      if (pattern !== undefined)
        assert.ok(
          kinds.some((each) => new RegExp(pattern).test(each)),
          when,
        );
      const asked = /(?:^|!|&& )(outrider\.\w+)/.exec(when)?.[1];
      if (asked !== undefined) assert.equal(asked, contributions.contextKeys.isConnected);
    }
  });

  it('has a walkthrough whose pages are there', () => {
    const [walkthrough] = contributes.walkthroughs;
    assert.equal(walkthrough?.id, contributions.walkthroughId);
    for (const { media } of walkthrough.steps) assert.ok(existsSync(`${folder}/${media.markdown}`));
    assert.ok(existsSync(`${folder}/${manifest.icon}`));
  });

  it('wakes up for dashboards of a reloaded window', () => {
    assert.ok(manifest.activationEvents.includes(`onWebviewPanel:${contributions.dashboardViewType}`));
  });

  it('keeps the first file a table of contents', () => {
    const lines = readFileSync(`${folder}/extension.ts`, 'utf8').split('\n');
    assert.ok(lines.length < 100, `${lines.length} lines`);
  });
});
