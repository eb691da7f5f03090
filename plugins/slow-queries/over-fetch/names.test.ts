import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { SentKeys } from './names.ts';

const carried = (path: string, column: string): boolean => new SentKeys([path]).carry(column);

describe('a key of a reply carries a column', () => {
  const same: readonly (readonly [path: string, column: string])[] = [
    ['created_at', 'created_at'],
    ['items.createdAt', 'created_at'],
    ['CreatedAt', 'createdAt'],
    ['created-at', 'created_at'],
    ['owner.name', 'owner_name'],
    ['name', 'users_name'],
    ['name', 'User_name'],
    ['messageBody', 'body'],
    ['authorId', 'author_id'],
    ['htmlURL', 'html_url'],
    ['größe', 'größe'],
  ];
  for (const [path, column] of same)
    it(`${path} that of ${column}`, () => assert.equal(carried(path, column), true));

  const different: readonly (readonly [path: string, column: string])[] = [
    ['updatedAt', 'created_at'],
    ['name', 'body'],
    ['nameless', 'name'],
    ['body.length', 'body'],
  ];
  for (const [path, column] of different)
    it(`but ${path} not that of ${column}`, () => assert.equal(carried(path, column), false));

  it('where the column has no name that could be looked for', () => {
    assert.equal(carried('a', '?column?'), false);
    assert.equal(carried('a', '…'), true);
  });
});
