// What a reader of the pages writes: rows, actions and pasted tables of the example `cars`, and what is refused.

import { at, choose, click, fill, holds, open, read, see, step, within } from './steps.mjs';

/** What another client does meanwhile. */
const meanwhile = (method, path, body) =>
  step(`${method} ${path} by another client`, async (page, root, origin) => {
    const headers = { 'Content-Type': 'application/json' };
    const answer = await fetch(new URL(path, origin), { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  });

/** Holds that a field is said to be at fault, by a text beside it. */
const faulty = (label, text) =>
  step(`see ${text} beside ${label}`, async (page, root) => {
    const field = root.getByLabel(label);
    if ((await field.getAttribute('aria-invalid')) !== 'true') throw new Error('the field is not marked');
    const ids = (await field.getAttribute('aria-describedby')).split(' ');
    const texts = await Promise.all(ids.map((id) => root.locator(`#${id}`).textContent()));
    if (!texts.some((found) => text.test(found))) throw new Error(`it is described by ${texts.join(', ')}`);
  });

const car = [
  fill(/^car_id/, '900'),
  fill('make', 'Trabant'),
  fill('model', '601'),
  fill(/^introduced/, '1964'),
  choose(/^body/, 'saloon'),
  fill('country', 'East Germany'),
  choose(/^electric/, 'false'),
];

export default [
  // A row that is refused, with its fault beside the field and what was typed kept.
  open('/api/cars/'),
  click('link', 'New'),
  at('/api/cars/?_form=create'),
  see('heading', 'New Car'),
  ...car,
  fill('displacement_l', '0.6'),
  fill('owner_id', '77'),
  click('button', 'Create', { status: 409 }),
  see('alert'),
  holds('make', 'Trabant'),
  holds('owner_id', '77'),
  holds(/^body/, 'saloon'),

  // The row that it refers to is looked up. What was typed elsewhere stays.
  fill('notes', 'Made of\n"cotton" & resin'),
  click('button', 'Look up Owner'),
  see('heading', 'Look up Owner'),
  fill('Search for Owner', 'ngozi'),
  click('button', 'Search'),
  holds('Search for Owner', 'ngozi'),
  within('row', /Ngozi Eze/, click('button', /^Choose/)),
  see('heading', 'New Car'),
  holds('owner_id', '10'),
  holds('make', 'Trabant'),
  holds('notes', 'Made of\n"cotton" & resin'),
  click('button', 'Look up Owner'),
  fill('Search for Owner', 'nobody has this name'),
  click('button', 'Search'),
  read('No row has this.'),
  click('button', 'Back to the form'),
  holds('owner_id', '10'),
  click('button', 'Create'),
  at('/api/cars/900/'),
  see('heading', 'Car 900'),
  read(/Made of/),

  // A value that the browser lets pass and the API does not.
  open('/api/parts/?_form=create'),
  fill(/^part_id/, '900'),
  fill(/^car_id/, '900'),
  fill('kind', 'door'),
  fill('name', 'Door'),
  fill(/^price/, '12'),
  fill(/^serial/, 'no UUID'),
  fill('spec', '{"side": '),
  click('button', 'Create', { status: 400 }),
  faulty(/^serial/, /UUID/i),
  faulty('spec', /JSON/),
  holds('spec', '{"side": '),
  fill(/^serial/, '7a0b2a57-6f0e-4e0c-8f1e-1f2b3c4d5e6f'),
  fill('spec', '{"side": "left"}'),
  click('button', 'Create'),
  at('/api/parts/900/'),

  // A change.
  open('/api/cars/900/'),
  click('link', 'Edit'),
  see('heading', 'Edit Car 900'),
  holds('make', 'Trabant'),
  fill('discontinued', '1989'),
  click('button', 'Save'),
  at('/api/cars/900/'),
  read('1989'),

  // A change of what another client changes meanwhile: both versions are there, and saving again works.
  click('link', 'Edit'),
  fill('discontinued', '1990'),
  fill('designer', 'Karl Clauss Dietel'),
  meanwhile('PATCH', '/api/cars/900/', { discontinued: 1991, country: 'GDR' }),
  click('button', 'Save', { status: 412 }),
  read(/Somebody else has changed this/),
  holds('discontinued', '1990'),
  holds('designer', 'Karl Clauss Dietel'),
  read('1991'),
  read('GDR'),
  click('button', 'Save'),
  at('/api/cars/900/'),
  read('1990'),
  read('Karl Clauss Dietel'),

  // An action.
  click('link', 'change_engine'),
  fill('Payload, as JSON', '{"cylinders": 8'),
  click('button', 'Call change_engine', { status: 400 }),
  holds('Payload, as JSON', '{"cylinders": 8'),
  fill('Payload, as JSON', '{"cylinders": 8, "displacement_l": 4.2}'),
  click('button', 'Call change_engine'),
  see('heading', 'Done: 201'),
  click('link', 'Back'),
  at('/api/cars/900/'),
  read('4.2'),

  // A deletion that the database refuses, and one that works.
  click('link', 'Delete'),
  see('heading', 'Delete Car 900?'),
  click('link', 'Cancel'),
  at('/api/cars/900/'),
  click('link', 'Delete'),
  click('button', 'Delete', { status: 409 }),
  see('alert'),
  open('/api/parts/900/'),
  click('link', 'Delete'),
  click('button', 'Delete'),
  at('/api/parts/'),
  open('/api/parts/900/', { status: 404 }),
  open('/api/cars/900/?_form=delete'),
  meanwhile('PATCH', '/api/cars/900/', { designer: null }),
  click('button', 'Delete', { status: 412 }),
  see('alert'),
  click('button', 'Delete'),
  at('/api/cars/'),
  open('/api/cars/900/', { status: 404 }),

  // A table that is pasted: seen first, refused for one cell, inserted as a whole.
  open('/api/owners/'),
  click('link', 'Paste rows'),
  fill('Table', 'owner_id\tname\tcity\tmember_since\tbalance\n20\tPaula\tHull\t2024-01-02\t10\n21\t"Quentin\tII"\t\tsoon\t20'),
  click('button', 'Preview'),
  see('heading', '2 rows'),
  see('cell', 'Paula'),
  see('cell', 'Quentin II'),
  click('button', 'Insert 2 rows', { status: 400 }),
  see('alert'),
  within('row', /Quentin/, read(/date/)),
  open('/api/owners/20/', { status: 404 }),
  open('/api/owners/?_form=paste'),
  fill('Table', 'owner_id,name,city,member_since,balance\n20,Paula,Hull,2024-01-02,10\n21,"Quentin, II",,2024-02-03,20'),
  click('button', 'Preview'),
  click('button', 'Insert 2 rows'),
  at('/api/owners/'),
  read('14 rows'),
  read('Quentin, II'),

  // An empty list says what to do.
  meanwhile('POST', '/api/cars/', {
    car_id: 901, make: 'Zastava', model: '750', introduced: 1955, body: 'saloon', country: 'Yugoslavia', electric: false,
  }),
  open('/api/cars/901/parts/'),
  read(/There are no rows yet/),
  click('link', 'Create the first one'),
  see('heading', 'New Part'),
  fill(/^part_id/, '901'),
  fill('kind', 'wheel'),
  fill('name', 'Wheel'),
  fill(/^price/, '30'),
  fill(/^serial/, '7a0b2a57-6f0e-4e0c-8f1e-1f2b3c4d5e60'),
  click('button', 'Create'),
  at('/api/cars/901/parts/901/'),
];
