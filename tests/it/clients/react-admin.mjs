// Every method that react-admin calls of a data provider, and the result that it must give.

import assert from 'node:assert/strict';

const range = (count) => Array.from({ length: count }, (_, at) => at + 1);
const ids = ({ data }) => data.map((row) => row.id);
const by = (field, order = 'ASC') => ({ field, order });

/** Walks through a provider of the API at a URL. `replaces` says that an update is a PUT; `error` reads an error's body. */
export async function walk(provider, { error }) {
  await lists(provider);
  await filters(provider);
  await reads(provider);
  await writes(provider);
  await refusals(provider, error);
}

async function lists(provider) {
  const all = [];
  for (let page = 1; ; page += 1) {
    const { data, total } = await provider.getList('cars', {
      pagination: { page, perPage: 7 }, sort: by('id', 'DESC'), filter: {},
    });
    assert.equal(total, 60);
    all.push(...data.map((row) => row.id));
    if (page * 7 >= total) break;
  }
  assert.deepEqual(all, range(60).reverse());
  const sorted = await provider.getList('cars', {
    pagination: { page: 1, perPage: 3 }, sort: by('price', 'DESC'), filter: {},
  });
  assert.deepEqual(ids(sorted), [60, 59, 58]);
}

async function filters(provider) {
  const found = async (filter, perPage = 4) => {
    const list = await provider.getList('cars', { pagination: { page: 1, perPage }, sort: by('id'), filter });
    return [list.total, ...ids(list)];
  };
  assert.deepEqual(await found({ make: 'Fiat' }), [20, 3, 6, 9, 12]);
  assert.deepEqual(await found({ make: 'Fiat', sold: true }), [10, 6, 12, 18, 24]);
  assert.deepEqual(await found({ make: ['Fiat', 'Seat'] }), [40, 1, 3, 4, 6]);
  assert.deepEqual(await found({ year__gte: 2045 }), [5, 55, 56, 57, 58]);
  assert.deepEqual(await found({ q: 'toy' }), [20, 2, 5, 8, 11]);
  assert.deepEqual(await found({ id: 7 }), [1, 7]);
  assert.deepEqual(await found({ owner__name: 'Zoë, "Z"' }), [15, 2, 5, 11, 14]);
  assert.deepEqual(await found({ make: 'none' }), [0]);
}

async function reads(provider) {
  const { data: car } = await provider.getOne('cars', { id: 3 });
  assert.equal(car.id, 3);
  assert.equal(car.make, 'Fiat');
  assert.equal(car.price, '3.50');
  assert.equal(car.year, 1993);
  // More than a page has by default.
  const wanted = range(40);
  const many = await provider.getMany('cars', { ids: wanted });
  assert.deepEqual(ids(many).sort((a, b) => a - b), wanted);
  const references = await provider.getManyReference('cars', {
    target: 'owner_id', id: 2, pagination: { page: 2, perPage: 5 }, sort: by('id'), filter: { sold: false },
  });
  assert.equal(references.total, 10);
  assert.deepEqual(ids(references), [31, 37, 43, 49, 55]);
}

async function writes(provider) {
  const { data: made } = await provider.create('cars', {
    data: { make: 'Lada', year: 1970, price: '9.90', sold: false, owner_id: 1 },
  });
  assert.equal(made.id, 61);
  assert.equal(made.make, 'Lada');
  const update = async (changes) => {
    const { data: previousData } = await provider.getOne('cars', { id: 61 });
    // A form sends the row as it was read, but for what was typed.
    const data = { ...previousData, ...changes };
    const { data: now } = await provider.update('cars', { id: 61, data, previousData });
    assert.equal(now.id, 61);
    const { data: read } = await provider.getOne('cars', { id: 61 });
    assert.deepEqual(read, now);
    for (const [name, value] of Object.entries(changes)) assert.deepEqual(read[name], value, name);
    assert.equal(read.price, '9.90');
  };
  await update({ make: 'Niva' });
  await update({ year: null });
  await update({ owner_id: 2 });
  await update({ owner_id: null });
  await update({ owner_id: 3, sold: true });
  const { data: second } = await provider.create('cars', { data: { make: 'Lada', price: '1.00', sold: true } });
  assert.equal(second.id, 62);
  const { data: previousData } = await provider.getOne('cars', { id: 62 });
  await provider.delete('cars', { id: 62, previousData });
  await assert.rejects(provider.getOne('cars', { id: 62 }), { status: 404 });
  await provider.create('owners', { data: { owner_id: 10, name: 'Eve' } });
  await provider.create('owners', { data: { owner_id: 11, name: 'Flo' } });
  const many = await provider.updateMany('owners', { ids: [10, 11], data: { name: 'Gil' } });
  assert.deepEqual(many.data, [10, 11]);
  const { data: owners } = await provider.getMany('owners', { ids: [10, 11] });
  assert.deepEqual(owners.map((owner) => owner.name), ['Gil', 'Gil']);
  await provider.deleteMany('owners', { ids: [10, 11] });
  await assert.rejects(provider.getOne('owners', { id: 10 }), { status: 404 });
}

async function refusals(provider, error) {
  const list = { pagination: { page: 1, perPage: 5 }, sort: by('id') };
  const body = async (promise, status) => {
    const rejected = await promise.then(() => assert.fail('it is refused'), (one) => one);
    assert.equal(rejected.status, status, rejected);
    return error(rejected.body);
  };
  const unknown = await body(provider.getList('cars', { ...list, filter: { maker: 'Fiat' } }), 400);
  assert.deepEqual(Object.keys(unknown), ['maker']);
  assert.match(unknown.maker, /did you mean `make`/);
  const faulty = { data: { make: null, year: 'x', price: '1.00', sold: false } };
  const faults = await body(provider.create('cars', faulty), 400);
  assert.deepEqual(Object.keys(faults).sort(), ['make', 'year']);
}

/** Reads a problem document: the detail of each fault, by its parameter or member. */
export function problem({ errors }) {
  const each = errors.map(({ parameter, pointer, detail }) => [parameter ?? pointer.slice(1), detail]);
  return Object.fromEntries(each);
}
