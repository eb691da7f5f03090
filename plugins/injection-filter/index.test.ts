import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { FakeRequest } from '../../shared/testing.ts';
import { testHost } from '../../shared/testing.ts';
import { MatchReported, type MatchDetails } from './events.ts';
import injectionFilter from './index.ts';

const json = (body: unknown, more: Partial<FakeRequest> = {}): FakeRequest => ({
  method: 'POST',
  target: '/agents',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
  ...more,
});

async function verdictOf(request: FakeRequest, options: unknown = {}) {
  const host = await testHost(injectionFilter, { options });
  const { verdict } = await host.request(request);
  return { verdict, details: verdict.allow ? null : (verdict.details as MatchDetails), host };
}

describe('injection filter', () => {
  it('lets an ordinary request pass', async () => {
    const { verdict } = await verdictOf(
      json({ name: "O'Neill's agent", prompt: 'Select the best answer; drop the rest.' }),
    );
    assert.equal(verdict.allow, true);
  });

  it('refuses SQL in the query and says where', async () => {
    const { verdict, details } = await verdictOf({ target: "/agents?page=1&name=x'%20or%20'1'%3D'1" });
    assert.ok(!verdict.allow);
    assert.equal(verdict.status, 403);
    assert.equal(verdict.code, 'injection_refused');
    assert.equal(details?.place, 'query');
    assert.equal(details?.field, 'name');
    assert.match(details?.rule ?? '', /^sql\//);
  });

  it('tells of a document that it could not read as a whole, and lets it pass', async () => {
    const text = `# Quotes\n\n- one\n- two\n- three\n\n${"- ' or (x \n".repeat(6000)}`;
    const { verdict, host } = await verdictOf(json({ text }));
    assert.equal(verdict.allow, true);
    const event = host.events.find(({ type }) => type === MatchReported.name);
    assert.equal(event && MatchReported.schema.parse(event.data).why, 'over-budget');
  });

  it('names a nested JSON field by its path', async () => {
    const { details } = await verdictOf(
      json({ config: { nodes: [{ prompt: '-1 union select 1,2,password from users' }] } }),
    );
    assert.equal(details?.field, 'config.nodes.*.prompt');
    assert.equal(details?.rule, 'sql/union-select');
  });

  for (const [place, request] of [
    ['json-key', json({ "x' or 1=1--": 1 })],
    ['path', { target: "/agents/1'%20or%20'1'='1/runs" }],
    ['header', { headers: { 'user-agent': '<script>alert(1)</script>' } }],
    ['cookie', { headers: { cookie: "theme=dark; pref=x'%20or%20'1'%3D'1" } }],
    [
      'form',
      {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'a=1&b=%3Csvg+onload%3Dalert(1)%3E',
      },
    ],
    ['body', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '; cat /etc/passwd' }],
  ] as const) {
    it(`looks at the ${place}`, async () => {
      const { details } = await verdictOf(request as FakeRequest);
      assert.equal(details?.place, place);
    });
  }

  it('looks at what parameters of one name say together', async () => {
    const [first, second] = ['1 union /*', '*/ select password from users'].map(encodeURIComponent);
    assert.equal((await verdictOf({ target: `/agents?q=${first}&r=${second}` })).verdict.allow, true);
    assert.equal((await verdictOf({ target: `/agents?q=${first}&q=${second}` })).details?.field, 'q');
  });

  for (const [name, attack] of [
    ['accept-language', "en' or '1'='1"],
    ['origin', 'https://a.example<script>alert(1)</script>'],
    ['x-request-id', '$(id)'],
    ['content-type', '() { :;}; /bin/bash -c id'],
  ] as const)
    it(`looks at ${name}, which is the browser's own, once it holds what no browser writes`, async () => {
      assert.equal((await verdictOf({ headers: { [name]: attack } })).details?.field, name);
    });

  it('never looks at a secret', async () => {
    const headers = { authorization: "Bearer x' or '1'='1", 'x-api-key': "x' or '1'='1" };
    assert.equal((await verdictOf({ headers })).verdict.allow, true);
  });

  // As a whole such a document is a program, in which code is content.
  const graphql = (name: string) =>
    `query Agents($limit: Int) {\n  agents(\n    name: "${name}"\n    limit: $limit\n  ) {\n    id\n  }\n}`;
  for (const [what, request, field] of [
    ['JSON', json({ query: graphql("admin'--"), variables: {} }), 'query.name'],
    ['JSON, escaped', json({ query: graphql('x\\u0027 or 1=1 --'), variables: {} }), 'query.name'],
    [
      'a body of its own',
      { method: 'POST', headers: { 'content-type': 'application/graphql' }, body: graphql('1 or 1=1') },
      'name',
    ],
    ['the query', { target: `/graphql?query=${encodeURIComponent(graphql('$(id)'))}` }, 'query.name'],
  ] as const) {
    it(`looks at string literals of a GraphQL document in ${what} by themselves`, async () => {
      const { verdict, details } = await verdictOf(request as FakeRequest);
      assert.equal(verdict.allow, false);
      assert.equal(details?.field, field);
    });
  }

  it('does not look at header fields that are to be ignored', async () => {
    const headers = { 'X-Snippet': '<script>alert(1)</script>' };
    assert.equal((await verdictOf({ headers })).verdict.allow, false);
    assert.equal((await verdictOf({ headers }, { ignoreHeaders: ['X-Snippet'] })).verdict.allow, true);
  });

  it('looks at variables of GraphQL, and lets ordinary documents pass', async () => {
    const query = 'query Agents($name: String = "O\'Neill") { agents(name: $name, note: "a; b") { id } }';
    assert.equal((await verdictOf(json({ query, variables: { name: 'x' } }))).verdict.allow, true);
    const { details } = await verdictOf(json({ query, variables: { name: "x' or '1'='1" } }));
    assert.equal(details?.field, 'variables.name');
  });

  it('looks at multipart fields and file names', async () => {
    const body = [
      '--b',
      'Content-Disposition: form-data; name="note"',
      '',
      "1' and sleep(5)#",
      '--b',
      'Content-Disposition: form-data; name="file"; filename="$(whoami).png"',
      'Content-Type: image/png',
      '',
      'x',
      '--b--',
      '',
    ].join('\r\n');
    const headers = { 'content-type': 'multipart/form-data; boundary=b' };
    const { details } = await verdictOf({ method: 'POST', headers, body });
    assert.equal(details?.place, 'multipart');
    const onlyFile = body.replace("1' and sleep(5)#", 'fine');
    assert.equal((await verdictOf({ method: 'POST', headers, body: onlyFile })).details?.place, 'file-name');
  });

  it('never records the value of a cookie', async () => {
    const { details } = await verdictOf({ headers: { cookie: "sid=secret' or 1=1--" } });
    assert.ok(!JSON.stringify(details).includes('secret'));
  });

  it('tells what was decoded', async () => {
    const { details } = await verdictOf({ target: '/x?q=%253Cscript%253Ealert(1)%253C%252Fscript%253E' });
    assert.deepEqual(details?.decodedBy, ['percent']);
  });

  it('reports Base64 and does not refuse it', async () => {
    const value = Buffer.from('<script>alert(document.cookie)</script>').toString('base64');
    const { verdict, host } = await verdictOf(json({ value }));
    assert.equal(verdict.allow, true);
    assert.equal(host.events.filter(({ type }) => type === 'injection-filter/match-reported').length, 1);
  });

  it('only tells what an observed rule, an observed route or an exclusion lets pass', async () => {
    const attack = json({ note: "x' or '1'='1" });
    assert.equal((await verdictOf(attack, { rules: { 'sql/*': 'observe' } })).verdict.allow, true);
    const onRoute = (route: string, mode: string) => ({ routes: [{ route, rules: { 'sql/*': mode } }] });
    assert.equal((await verdictOf(attack, onRoute('/agents', 'observe'))).verdict.allow, true);
    assert.equal((await verdictOf(attack, onRoute('/other', 'observe'))).verdict.allow, false);
    const overridden = { rules: { 'sql/*': 'observe' }, ...onRoute('/agents', 'enforce') };
    assert.equal((await verdictOf(attack, overridden)).verdict.allow, false);
    assert.equal(
      (await verdictOf(attack, { routes: [{ route: '/agents', mode: 'observe' }] })).verdict.allow,
      true,
    );
    assert.equal(
      (await verdictOf(attack, { exclusions: [{ route: '/agents', field: 'note' }] })).verdict.allow,
      true,
    );
    assert.equal(
      (await verdictOf(attack, { exclusions: [{ route: '/agents', field: 'other' }] })).verdict.allow,
      false,
    );
  });

  it('does what is configured with a body longer than it looks at', async () => {
    const long = json({ note: 'a'.repeat(200) });
    const told = await verdictOf(long, { maxBodyBytes: 100 });
    assert.equal(told.verdict.allow, true);
    assert.equal(told.host.events.length, 1);
    const refused = await verdictOf(long, { maxBodyBytes: 100, overBudget: 'refuse' });
    assert.ok(!refused.verdict.allow && refused.verdict.status === 413);
  });
});
