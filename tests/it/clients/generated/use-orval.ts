// The client of orval.

import { carsOf, change } from './cars-orval.js';
import { CAR, OWNER, PART, TOYOTAS, same } from './check.js';
import {
  changeCar, createCar, createCarPart, createOwner, deleteCar, deleteOwner, deletePart, listCars, replaceCar, retrieveCar, retrieveCarPart,
  retrieveOwner,
} from './orval.js';

const keys = [];
for await (const car of carsOf('Toyota')) keys.push(car.car_id);
same(keys, TOYOTAS);

const electric = await listCars({
  body__in: ['suv', 'pickup'], electric: true, make__in: ['Hyundai', 'Mazda'], fields: ['make', 'body'], facet: ['country'],
});
same(electric.status === 200 && electric.data.results, [{ make: 'Hyundai', body: 'suv' }]);
const expanded = await retrieveCar(34, { expand: ['owner', 'parts'] });
const expandedOwner = expanded.status === 200 ? expanded.data.owner : null;
same(typeof expandedOwner === 'object' && expandedOwner?.name, 'Jürgen Weiß');

const owner = await createOwner(OWNER);
same([owner.status, owner.headers.get('Location')?.endsWith('/owners/100/')], [201, true]);
const car = await createCar(CAR);
same(car.status, 201);
same((await createCarPart(500, PART)).status, 201);
const part = await retrieveCarPart(500, 500);
same(part.status === 200 && [part.data.serial, part.data.spec], [PART.serial, PART.spec]);

const changed = await change(500, ({ introduced }) => ({ introduced: (introduced ?? 0) + 1, discontinued: null }));
same(changed.status === 200 && changed.data.introduced, 1978);
const lost = await changeCar(500, { model: 'Samara' }, {}, { headers: { 'If-Match': car.headers.get('ETag') ?? '' } });
same(lost.status === 412 && typeof lost.data === 'object' && lost.data.code, 'precondition_failed');
same((await replaceCar(500, { ...CAR, model: 'Samara' })).status, 200);

const refused = await listCars({ page: 1000 });
same(refused.status === 404 && typeof refused.data === 'object' && [refused.data.status, refused.data.code], [404, 'no_such_page']);
for (const deleted of [await deletePart(500), await deleteCar(500), await deleteOwner(100)]) same(deleted.status, 204);
same((await retrieveOwner(100)).status, 404);
console.log('done');
