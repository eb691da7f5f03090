import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import { routerOf } from './route.ts';

describe('a route', () => {
  const guess = routerOf([]);
  for (const [path, route] of Object.entries({
    '/': '/',
    '/agents': '/agents',
    '/agents/42': '/agents/:id',
    '/agents/42/runs/7': '/agents/:id/runs/:id',
    '/v1/agents': '/v1/agents',
    '/users/3f2504e0-4f89-41d3-9a0c-0305e82c3301': '/users/:id',
    '/users/01ARZ3NDEKTSV4RRFFQ69G5FAV': '/users/:id',
    '/commits/9fceb02d0ae598e95dc970b74767f19372d61af8': '/commits/:id',
    '/o/507f1f77bcf86cd799439011/x': '/o/:id/x',
    '/s/dGhpcyBpcyBhIHRlc3Q5': '/s/:id',
    '/files/annual-report-2024': '/files/annual-report-2024',
    '/blog/how-we-made-things-faster': '/blog/how-we-made-things-faster',
    '/oauth/callback': '/oauth/callback',
    '/deadbeefcafe': '/deadbeefcafe',
    '/api/conversations': '/api/conversations',
    '/administrationPanel': '/administrationPanel',
  })) {
    it(`is guessed for ${path}`, () => assert.equal(guess(path), route));
  }

  it('is what the first matching pattern says', () => {
    const route = routerOf(['/files/:path*', '/agents/new', '/agents/:agent']);
    assert.equal(route('/files/a/b/c.txt'), '/files/:path*');
    assert.equal(route('/agents/new'), '/agents/new');
    assert.equal(route('/agents/x.y'), '/agents/:agent');
    assert.equal(route('/agents/x/y'), '/agents/x/y');
    assert.equal(route('/agents/x'), '/agents/:agent');
  });

  it('takes the letters of a pattern as they are', () => {
    assert.equal(routerOf(['/a.b/:id'])('/axb/c'), '/axb/c');
  });
});
