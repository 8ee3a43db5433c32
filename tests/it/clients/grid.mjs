// The requests of AG Grid's server-side row model, as its documentation has them, by the guide's data source.

import assert from 'node:assert/strict';

import { query, source } from './grid-source.mjs';

const url = `${process.argv[2]}/cars/`;
const rows = (request) => new Promise((resolve, reject) => {
  source(url).getRows({ request, success: resolve, fail: () => reject(new Error(query(request))) }).catch(reject);
});
const plain = { rowGroupCols: [], valueCols: [], pivotCols: [], pivotMode: false, groupKeys: [], filterModel: {}, sortModel: [] };
const ask = (request) => rows({ ...plain, startRow: 0, endRow: 100, ...request });
const ids = ({ rowData }) => rowData.map((row) => row.car_id);

const second = await ask({ startRow: 40, endRow: 80, sortModel: [{ colId: 'car_id', sort: 'desc' }] });
assert.equal(second.rowCount, 60);
assert.deepEqual(ids(second), Array.from({ length: 20 }, (_, at) => 20 - at));
const past = await ask({ startRow: 100, endRow: 200 });
assert.deepEqual([past.rowCount, past.rowData], [60, []]);

const filtered = async (filterModel) => ids(await ask({ filterModel, sortModel: [{ colId: 'car_id', sort: 'asc' }] }));
const number = (type, filter, filterTo) => ({ filterType: 'number', type, filter, filterTo });
const text = (type, filter) => ({ filterType: 'text', type, filter });
assert.deepEqual(await filtered({ year: number('inRange', 2001, 2003) }), [11, 12, 13]);
assert.deepEqual(await filtered({ year: number('greaterThan', 2047) }), [58, 59]);
assert.deepEqual(await filtered({ year: number('blank') }), [10, 20, 30, 40, 50, 60]);
assert.equal((await filtered({ year: number('notBlank') })).length, 54);
assert.equal((await filtered({ make: text('contains', 'oyo') })).length, 20);
assert.equal((await filtered({ make: text('notContains', 'oyo') })).length, 40);
assert.equal((await filtered({ make: text('notEqual', 'Fiat') })).length, 40);
assert.equal((await filtered({ make: { filterType: 'set', values: ['Fiat', 'Seat'] } })).length, 40);
assert.deepEqual(await filtered({ make: { filterType: 'set', values: [] } }), []);
assert.deepEqual(
  await filtered({ year: { filterType: 'number', operator: 'OR', conditions: [number('equals', 1991), number('lessThan', 1993)] } }),
  [1, 2],
);
assert.deepEqual(
  await filtered({ year: { filterType: 'number', operator: 'AND', conditions: [number('greaterThan', 1991), number('lessThan', 1994)] } }),
  [2, 3],
);
const date = { filterType: 'date', type: 'equals', dateFrom: '2020-01-02 00:00:00', dateTo: null };
assert.equal((await filtered({ built: date })).length, 54);

const grouping = {
  rowGroupCols: [{ id: 'make', displayName: 'Make', field: 'make' }, { id: 'sold', displayName: 'Sold', field: 'sold' }],
  valueCols: [{ id: 'price', displayName: 'Price', field: 'price', aggFunc: 'sum' }],
};
const makes = await ask({ ...grouping, sortModel: [{ colId: 'price', sort: 'desc' }, { colId: 'car_id', sort: 'asc' }] });
assert.equal(makes.rowCount, 3);
assert.deepEqual(makes.rowData.map(({ make, count, price }) => [make, count, price]), [
  ['Fiat', 20, '640.00'], ['Toyota', 20, '620.00'], ['Seat', 20, '600.00'],
]);
const sold = await ask({ ...grouping, groupKeys: ['Fiat'] });
assert.deepEqual(sold.rowData.map((group) => [group.sold, group.count, group.price]), [[false, 10, '305.00'], [true, 10, '335.00']]);
const leaves = await ask({ ...grouping, groupKeys: ['Fiat', 'true'], sortModel: [{ colId: 'car_id', sort: 'asc' }] });
assert.deepEqual(ids(leaves), [6, 12, 18, 24, 30, 36, 42, 48, 54, 60]);
assert.equal(leaves.rowData[0].price, '6.50');
await assert.rejects(ask({ filterModel: { nope: text('equals', 'x') } }), /nope=x/);
console.log('done');
