import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { describe, it } from 'mocha';
import { importsOf, reasonAgainst, wrongImports } from './imports.ts';

describe('import directions', () => {
  it('hold in the whole repository', () => {
    assert.deepEqual(wrongImports(resolve(import.meta.dirname, '..')), []);
  });

  it('see static, type-only, re-exported and dynamic imports', () => {
    const source = `import a from 'a';\nimport type { B } from "b";\nexport * from 'c';\nconst d = await import('d');\nimport 'e';`;
    assert.deepEqual(importsOf(source), ['a', 'b', 'c', 'd', 'e']);
  });

  const refused = [
    ['shared/view.ts', 'npm:express'],
    ['shared/view.ts', 'sidecar/main.ts'],
    ['plugins/cache/index.ts', 'plugins/api-keys/index.ts'],
    ['plugins/cache/index.ts', 'sidecar/sidecar.ts'],
    ['sidecar/sidecar.ts', 'plugins/cache/index.ts'],
    ['sidecar/main.ts', 'extension/extension.ts'],
    ['sidecar/main.ts', 'sidecar/plugins/fake-host.ts'],
    ['sidecar/main.ts', 'scripts/services.ts'],
    ['extension/extension.ts', 'sidecar/main.ts'],
    ['sidecar/http/lane.ts', 'npm:express'],
    ['extension/webview/draw.ts', 'npm:@vscode/webview-ui-toolkit'],
  ] as const;
  for (const [file, target] of refused) {
    it(`refuse ${target} in ${file}`, () => assert.notEqual(reasonAgainst(file, target), null));
  }

  const accepted = [
    ['shared/view.ts', 'npm:zod'],
    ['plugins/cache/index.ts', 'plugins/cache/keys.ts'],
    ['sidecar/store/contract-databases.ts', 'scripts/services.ts'],
    ['sidecar/version.ts', 'package.json'],
    ['plugins/cache/index.ts', 'shared/index.ts'],
    ['sidecar/defaults.ts', 'plugins/cache/index.ts'],
    ['extension/webview/toolkit.ts', 'npm:@vscode/webview-ui-toolkit'],
  ] as const;
  for (const [file, target] of accepted) {
    it(`accept ${target} in ${file}`, () => assert.equal(reasonAgainst(file, target), null));
  }
});
