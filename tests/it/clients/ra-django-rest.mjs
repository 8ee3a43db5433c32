// react-admin by ra-data-django-rest-framework, whose errors have that framework's shape.

import assert from 'node:assert/strict';

import { dataProvider } from './ra-django-rest-provider.mjs';
import { walk } from './react-admin.mjs';

const error = (body) => Object.fromEntries(Object.entries(body).map(([name, details]) => [name, details.join()]));
await walk(dataProvider, { error });

const missing = await dataProvider.getOne('cars', { id: 999 }).then(() => assert.fail('it is there'), (one) => one);
assert.deepEqual(Object.keys(missing.body), ['detail']);
console.log('done');
