// The parts that Grafana's JSON data sources are made of: JSONPath for the fields, and Grafana's data frames. Grafana itself is not run.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

import { JSONPath } from 'jsonpath-plus';

const { FieldType, getFieldDisplayName, toDataFrame } = createRequire(import.meta.url)('@grafana/data');
const api = process.argv[2];

/** What a panel gets of a query: the rows at a path, and of each the columns with their types. */
async function frame(path, root, columns) {
  const answer = await fetch(`${api}${path}`, { headers: { Accept: 'application/json' } });
  const body = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(body));
  const rows = JSONPath({ path: root, json: body }).flat();
  const fields = columns.map(([selector, type]) => {
    const values = rows.map((row) => JSONPath({ path: `$.${selector}`, json: row, wrap: false }) ?? null);
    return { name: selector, type, values: values.map((value) => cell(value, type)) };
  });
  return toDataFrame({ fields });
}

const cell = (value, type) => {
  if (value === null) return null;
  if (type === FieldType.time) return Date.parse(value);
  return type === FieldType.number ? Number(value) : value;
};

const values = (data, name) => data.fields.find((field) => getFieldDisplayName(field) === name).values;

const table = await frame('/cars/?page_size=5&ordering=car_id&expand=owner', '$.results[*]', [
  ['make', FieldType.string], ['price', FieldType.number], ['sold', FieldType.boolean], ['built', FieldType.time], ['owner.name', FieldType.string],
]);
assert.equal(table.length, 5);
assert.deepEqual(values(table, 'make'), ['Seat', 'Toyota', 'Fiat', 'Seat', 'Toyota']);
assert.deepEqual(values(table, 'price'), [1.5, 2.5, 3.5, 4.5, 5.5]);
assert.deepEqual(values(table, 'owner.name'), ['Bob', 'Zoë, "Z"', 'Ann', null, 'Zoë, "Z"']);
assert.equal(new Date(values(table, 'built')[0]).getFullYear(), 2020);

// The range of a dashboard is a filter; its points are groups.
const range = 'built__gte=2020-01-02T03:04:10&built__lt=2020-01-02T03:04:13';
const series = await frame(`/cars/?${range}&aggregate=count,sum(price)&group_by=built&ordering=built`, '$.results[*]', [
  ['built', FieldType.time], ['count', FieldType.number], ['sum_price', FieldType.number],
]);
assert.deepEqual(values(series, 'sum_price'), [11.5, 12.5]);
assert.equal(values(series, 'built')[1] - values(series, 'built')[0], 1000);
const days = await frame('/cars/?aggregate=count&group_by=built__date', '$.results[*]', [
  ['built__date', FieldType.time], ['count', FieldType.number],
]);
assert.deepEqual([values(days, 'built__date'), values(days, 'count')], [[Date.UTC(2020, 0, 2), null], [54, 6]]);
const bars = await frame('/cars/?aggregate=count,avg(price)&group_by=make&ordering=-avg_price', '$.results[*]', [
  ['make', FieldType.string], ['count', FieldType.number], ['avg_price', FieldType.number],
]);
assert.deepEqual([values(bars, 'make'), values(bars, 'count')], [['Fiat', 'Toyota', 'Seat'], [20, 20, 20]]);
console.log('done');
