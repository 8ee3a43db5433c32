// The pages of a table on a server (servers.rs), whose types are its own: a long decimal, a document, bytes, a time with
// its zone, a UUID and one of some values.

import { at, choose, click, fill, holds, miss, open, read, see, step } from './steps.mjs';
import { faulty, meanwhile } from './writing.mjs';

const LONG = '12345678901234567890123456789012345.123456789012345678901234567890';
const SERIAL = '7a0b2a57-6f0e-4e0c-8f1e-1f2b3c4d5e6f';
const decimal = (whole, part) => `${whole}.${part.padEnd(30, '0')}`;

/** Chooses how a column is compared, and with what, alone. */
const filter = (column, how, value) => [
  open('/api/things/'),
  choose(`How to compare ${column}`, how),
  fill(column, value),
  click('button', 'Apply'),
];

export default [
  open('/api/'),
  click('link', /^things/),
  at('/api/things/'),
  read('3 rows'),

  // Nothing that was not chosen becomes a filter.
  click('button', 'Apply'),
  at('/api/things/'),
  ...filter('price', '≥', '2.5'),
  at('/api/things/?price__gte=2.5'),
  read('2 rows'),
  ...filter('price', '=', LONG),
  read('1 row'),
  see('cell', LONG),
  ...filter('seen', '≥', '2024-01-01T00:00:00Z'),
  read('1 row'),
  see('cell', 'Axle'),
  ...filter('serial', '=', SERIAL),
  read('1 row'),
  see('cell', 'Axle'),
  ...filter('seen', '≥', 'soon').slice(0, 3),
  click('button', 'Apply', { status: 400 }),
  see('alert'),
  click('link', /without parameters/),
  choose('wear', 'used'),
  choose('How to compare spec', 'is not null'),
  click('button', 'Apply'),
  at(/^\/api\/things\/\?(spec__isnull=false&wear=used|wear=used&spec__isnull=false)$/),
  read('1 row'),
  holds('How to compare spec', 'spec__isnull=false'),
  choose('wear', 'any'),
  choose('How to compare spec', 'is null'),
  click('button', 'Apply'),
  at('/api/things/?spec__isnull=true'),
  see('cell', 'Bolt'),
  miss('cell', 'Axle'),

  // Sorted as numbers.
  open('/api/things/?price__isnull=false'),
  click('link', 'price'),
  step('see Cog before Axle', async (page, root) => {
    const rows = await root.locator('tbody tr').allTextContents();
    if (!/Cog/.test(rows[0]) || !/Axle/.test(rows[1])) throw new Error(rows.join('\n'));
  }),

  // An object with a number that is longer than a phone is wide.
  open('/api/things/1/'),
  read(LONG),
  read(/2024-01-02 03:04:05/),
  read(/teeth/),
  read(/3 bytes$/),

  // A new row: what is no value of a type is a fault beside it.
  open('/api/things/?_form=create'),
  fill(/^name/, 'Dowel'),
  fill('price', '0.1234567890123456789012345678901'),
  fill('spec', '{"a": '),
  fill('photo', '***'),
  fill('seen', 'soon'),
  fill('serial', 'no UUID'),
  choose('wear', 'new'),
  click('button', 'Create', { status: 400 }),
  faulty('price', /30/),
  faulty('spec', /JSON/),
  faulty('photo', /base64/),
  faulty('seen', /RFC 3339|date|time/),
  faulty('serial', /UUID/),
  holds('wear', 'new'),
  holds('price', '0.1234567890123456789012345678901'),
  fill('price', '0.123456789012345678901234567890'),
  fill('spec', '{"a": 1.50}'),
  fill('photo', 'AP8Q'),
  fill('seen', '2024-05-06T07:08:09Z'),
  fill('serial', SERIAL.toUpperCase()),
  click('button', 'Create'),
  at('/api/things/4/'),
  read(decimal('0', '12345678901234567890123456789')),
  read(/2024-05-06 07:08:09/),
  read(SERIAL),
  read('00 ff 10'),

  // A change of one field leaves the others, whatever the database makes of their texts.
  click('link', 'Edit'),
  holds('photo', 'AP8Q'),
  holds('serial', SERIAL),
  fill(/^name/, 'Dowel pin'),
  click('button', 'Save'),
  at('/api/things/4/'),
  read('Dowel pin'),
  read(decimal('0', '12345678901234567890123456789')),

  // A conflict: what was typed stays, what was not is as it is stored now.
  click('link', 'Edit'),
  fill(/^name/, 'Peg'),
  choose('wear', 'used'),
  meanwhile('PATCH', '/api/things/4/', { price: '7.5', name: 'Rod', seen: '2025-01-01T00:00:00Z', photo: null }),
  click('button', 'Save', { status: 412 }),
  read(/Somebody else has changed this/),
  holds(/^name/, 'Peg'),
  holds('wear', 'used'),
  holds('price', decimal('7', '5')),
  holds('photo', ''),
  read('Rod'),
  click('link', 'Begin again with what is stored'),
  at('/api/things/4/?_form=edit'),
  holds(/^name/, 'Rod'),
  holds('wear', 'new'),
  fill(/^name/, 'Peg'),
  meanwhile('PATCH', '/api/things/4/', { wear: null }),
  click('button', 'Save', { status: 412 }),
  holds('wear', ''),
  click('button', 'Save'),
  at('/api/things/4/'),
  read('Peg'),
  read(decimal('7', '5')),

  click('link', 'Delete'),
  see('heading', /^Delete/),
  click('button', 'Delete'),
  at('/api/things/'),
  read('3 rows'),
  open('/api/things/4/', { status: 404 }),
];
