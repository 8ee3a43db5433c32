// Opens the pages of faults.rs, each of which has one fault, and some that have none.

import { click, open, step, unfold } from './steps.mjs';

const pages = [
  'sound', 'message', 'exception', 'dialog', 'inline-script', 'inline-style', 'foreign-image', 'blocked-image',
  'preconnect', 'broken-style', 'cut-off', 'error', 'landmark', 'contrast', 'contrast-dark', 'markup', 'two-headings',
  'no-heading', 'wide', 'clipped', 'no-viewport', 'label', 'focus', 'faint-focus', 'hidden-focus',
  'fetch', 'added', 'noscript',
];

export default [
  ...pages.map((page) => open(`/${page}`)),
  open('/folded'),
  unfold('More'),
  open('/form'),
  click('button', 'Filter', { status: 422 }),
  open('/missing', { status: 404 }),
  step('click what is not there', (page) => page.getByRole('link', { name: 'Nowhere' }).click({ timeout: 300 })),
];
