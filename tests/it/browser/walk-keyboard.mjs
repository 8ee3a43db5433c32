// The way from the root to a car, its filters and its form, without a mouse.

import { at, holds, open, press, reach, read, see, step, type } from './steps.mjs';

const focused = (says, selector) =>
  step(`see the focus on ${says}`, async (page) => {
    await page.locator(`${selector}:focus`).waitFor();
  });

export default [
  open('/api/'),
  // The first key leads over what every page begins with.
  press('Tab'),
  focused('the link to the content', '.skip'),
  press('Enter'),
  focused('the content', 'main'),
  press('Tab'),
  focused('the first list', 'main a'),
  press('Enter'),
  at('/api/cars/'),

  press('/', { javascript: true }),
  { ...focused('the search', '#search'), javascript: true },
  reach('searchbox', /^Search in/, { javascript: false }),
  type('citro'),
  press('Enter'),
  at('/api/cars/?search=citro'),
  // The key is a letter like others where something is typed.
  reach('searchbox', /^Search in/),
  press('End'),
  type('/'),
  holds(/^Search in/, 'citro/'),

  open('/api/cars/?search=citro'),
  reach('combobox', 'body'),
  type('saloon'),
  reach('combobox', 'How to compare introduced'),
  type('>'),
  press('Tab'),
  type('1947'),
  press('Enter'),
  at(/search=citro.*body=saloon.*introduced__gt=1947/),
  reach('link', 'introduced'),
  press('Enter'),
  at(/ordering=introduced/),
  reach('link', 'Remove the filter body = saloon'),
  press('Enter'),
  at(/^(?!.*body=)/),
  reach('link', 'Open row 1'),
  press('Enter'),
  see('heading', 'Car 34'),

  reach('link', 'Edit'),
  press('Enter'),
  reach('spinbutton', 'discontinued'),
  press('ControlOrMeta+a'),
  type('1991'),
  reach('combobox', /^electric/),
  type('true'),
  reach('button', 'Save'),
  press('Space'),
  at('/api/cars/34/'),
  read('1991'),

  reach('link', 'Delete'),
  press('Enter'),
  reach('button', 'Delete'),
  press('Space', { status: 409 }),
  see('alert'),
  reach('link', 'Cancel'),
  press('Enter'),
  at('/api/cars/34/'),
  open('/api/cars/?car_id=34'),
  step('unfold the notes', async (page) => {
    const summary = page.locator('summary').first();
    await summary.focus();
    await page.keyboard.press('Space');
    await page.locator('details[open] .unfolded').first().waitFor();
  }),
  reach('region', 'Rows of cars'),
];
