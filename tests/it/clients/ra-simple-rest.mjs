// react-admin by ra-data-simple-rest, with what is particular to it.

import assert from 'node:assert/strict';

import { dataProvider } from './ra-simple-rest-provider.mjs';
import { problem, walk } from './react-admin.mjs';

await walk(dataProvider, { error: problem });

const list = { pagination: { page: 1, perPage: 3 } };
const nested = await dataProvider.getList('cars', {
  ...list, sort: { field: 'owner.name', order: 'DESC' }, filter: { owner: { name: ['Ann', 'Bob'] }, sold: false, 'make!': 'Seat' },
});
assert.equal(nested.total, 10);
assert.deepEqual(nested.data.map((row) => row.owner_id), [1, 1, 1]);
const tag = await dataProvider.getOne('tags', { id: 'a/b c' });
assert.deepEqual([tag.data.id, tag.data.note], ['a/b c', 'odd']);
const updated = await dataProvider.update('tags', { id: 'a/b c', data: { ...tag.data, note: null } });
assert.equal(updated.data.note, null);
const none = await dataProvider.getList('tags', { ...list, sort: { field: 'id', order: 'ASC' }, filter: { note: null } });
assert.equal(none.total, 2);
const deleted = await dataProvider.deleteMany('tags', { ids: ['a/b c', 'plain'] });
assert.deepEqual(deleted.data, ['a/b c', 'plain']);
const empty = await dataProvider.getList('tags', { ...list, sort: { field: 'id', order: 'ASC' }, filter: {} });
assert.deepEqual(empty, { data: [], total: 0 });
console.log('done');
