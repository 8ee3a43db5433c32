// Every kind of step, on the pages of steps.rs: each does what it says, and fails where it should.

import {
  at, back, check, choose, click, fill, holds, miss, open, press, reach, read, see, step, type, unfold, within,
} from './steps.mjs';

const fails = (inner) => ({
  ...inner,
  ...step(`fail to ${inner.says}`, async (page, root, origin) => {
    page.setDefaultTimeout(300);
    const done = await inner.does(page, root, origin).then(() => true, () => false);
    page.setDefaultTimeout(30_000);
    if (done) throw new Error('it does not fail');
  }),
});

export default [
  open('/'),
  see('heading', 'Cars'),
  fails(see('heading', 'Car')),
  see('heading', /car/i),
  fails(miss('heading', 'Cars')),
  miss('heading', 'Owners'),
  fails(read('No such text')),
  read('All of them'),

  fill('Make', 'Fiat'),
  holds('Make', 'Fiat'),
  fails(holds('Make', 'Ford')),
  choose('Country', 'Italy'),
  fails(choose('Country', 'Japan')),
  check('Electric'),
  check('Electric', false),
  check('Electric'),
  click('button', 'Filter'),
  at('/found?make=Fiat&country=it&electric=on'),
  fails(at('/found')),
  fails(at(/Ford/)),

  fails(click('link', 'Edit')),
  within('row', /Panda/, click('link', 'Edit')),
  at('/panda'),
  unfold('Notes'),
  read('Small'),
  back(),
  at(/^\/found/),
  click('link', 'CSV'),
  at(/^\/found/),

  // By the keyboard alone.
  reach('link', 'All cars'),
  press('Enter'),
  at('/'),
  fails(reach('link', 'Nowhere')),
  reach('textbox', 'Make'),
  type('Ford'),
  press('Enter'),
  at('/found?make=Ford&country=fr'),

  // What a script asks for is answered as the step says.
  open('/'),
  click('button', 'Try', { javascript: true, status: 422 }),
  fails(click('button', 'Try', { javascript: false })),
  open('/nothing', { status: 404 }),
];
