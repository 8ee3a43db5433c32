// refine by @refinedev/simple-rest: every method, and what it must give.

import assert from 'node:assert/strict';

import { provider } from './refine-provider.mjs';

const ids = ({ data }) => data.map((row) => row.id);
const all = [];
for (let currentPage = 1; ; currentPage += 1) {
  const list = await provider.getList({
    resource: 'cars', pagination: { currentPage, pageSize: 8 }, sorters: [{ field: 'make', order: 'asc' }, { field: 'id', order: 'desc' }],
  });
  assert.equal(list.total, 60);
  all.push(...ids(list));
  if (currentPage * 8 >= list.total) break;
}
assert.deepEqual(all.slice(0, 3), [60, 57, 54]);
assert.equal(new Set(all).size, 60);

const found = async (...filters) => {
  const named = filters.map(([field, operator, value]) => ({ field, operator, value }));
  const list = await provider.getList({
    resource: 'cars', pagination: { pageSize: 3 }, sorters: [{ field: 'id', order: 'asc' }], filters: named,
  });
  return [list.total, ...ids(list)];
};
assert.deepEqual(await found(['make', 'eq', 'Fiat']), [20, 3, 6, 9]);
assert.deepEqual(await found(['make', 'ne', 'Fiat'], ['sold', 'eq', true]), [20, 2, 4, 8]);
assert.deepEqual(await found(['year', 'ne', 1991], ['id', 'lte', 12]), [11, 2, 3, 4]);
assert.deepEqual(await found(['year', 'gte', 2001], ['year', 'lte', 2003]), [3, 11, 12, 13]);
assert.deepEqual(await found(['make', 'contains', 'OYO']), [20, 2, 5, 8]);
assert.deepEqual(await found(['make', 'in', ['Fiat', 'Seat']]), [40, 1, 3, 4]);
assert.deepEqual(await found(['owner.name', 'eq', 'Bob']), [15, 1, 7, 10]);
assert.deepEqual(await found(['q', 'eq', 'toy']), [20, 2, 5, 8]);
assert.deepEqual(await found(['year__gt', 'eq', 2048]), [1, 59]);

const one = await provider.getOne({ resource: 'cars', id: 5 });
assert.deepEqual([one.data.id, one.data.make, one.data.price], [5, 'Toyota', '5.50']);
const wanted = Array.from({ length: 40 }, (_, at) => at + 1);
assert.deepEqual(ids(await provider.getMany({ resource: 'cars', ids: wanted })).sort((a, b) => a - b), wanted);

const made = await provider.create({ resource: 'cars', variables: { make: 'Lada', price: '1.00', sold: false, owner_id: 1 } });
assert.equal(made.data.id, 61);
const changed = await provider.update({ resource: 'cars', id: 61, variables: { ...made.data, make: 'Niva', owner_id: 2 } });
assert.deepEqual([changed.data.make, changed.data.owner_id, changed.data.price], ['Niva', 2, '1.00']);
const deleted = await provider.deleteOne({ resource: 'cars', id: 61 });
assert.deepEqual(deleted.data, { id: 61 });
await assert.rejects(provider.getOne({ resource: 'cars', id: 61 }), { statusCode: 404 });
await assert.rejects(found(['maker', 'eq', 'Fiat']), { statusCode: 400 });
console.log('done');
