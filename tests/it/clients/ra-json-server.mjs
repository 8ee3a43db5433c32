// react-admin by ra-data-json-server, with what is particular to it.

import assert from 'node:assert/strict';

import { dataProvider } from './ra-json-server-provider.mjs';
import { problem, walk } from './react-admin.mjs';

await walk(dataProvider, { error: problem });

const nested = await dataProvider.getList('cars', {
  pagination: { page: 1, perPage: 3 },
  sort: { field: 'owner.name', order: 'DESC' },
  filter: { owner: { name_like: 'b' }, year_gte: 2000, year_lte: 2010, make_ne: 'Seat' },
});
assert.deepEqual(nested, { data: [], total: 0 });
const deleted = await dataProvider.deleteMany('tags', { ids: ['plain'] });
assert.deepEqual(deleted.data, ['plain']);
console.log('done');
