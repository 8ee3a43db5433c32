// Pages on paper: what only leads elsewhere is left out, and nothing is cut off at the edge.

import { click, fill, open, step } from './steps.mjs';

/** What paper shows wrongly. Runs in the page. */
function faults() {
  const found = [];
  const seen = (selector) => [...document.querySelectorAll(selector)].filter((element) => element.checkVisibility());
  for (const element of seen('.top, .skip, .bottom, .pages, aside, .doing')) found.push(`shows ${element.className}`);
  if (seen('h1').length !== 1) found.push('shows no title');
  for (const element of seen('main *')) {
    const { right } = element.getBoundingClientRect();
    if (right > document.documentElement.clientWidth + 1) found.push(`is cut off: ${element.outerHTML.slice(0, 200)}`);
  }
  const { backgroundColor } = getComputedStyle(document.documentElement);
  if (!['rgb(255, 255, 255)', 'rgba(0, 0, 0, 0)'].includes(backgroundColor)) found.push(`has the background ${backgroundColor}`);
  return found.slice(0, 5);
}

const print = step('print the page', async (page) => {
  const window = page.viewportSize();
  // A page of A4 between margins of 1 cm.
  await page.setViewportSize({ width: 718, height: 1047 });
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ media: 'print', colorScheme });
    const found = await page.evaluate(faults);
    if (found.length > 0) throw new Error(`${colorScheme}: ${found.join('\n')}`);
  }
  await page.emulateMedia({ media: null, colorScheme: null });
  await page.setViewportSize(window);
});

export default [
  open('/api/cars/?page_size=50'),
  print,
  open('/api/parts/'),
  print,
  open('/api/cars/34/'),
  print,
  click('link', 'Edit'),
  print,
  fill('owner_id', '77'),
  click('button', 'Save', { status: 409 }),
  print,
  open('/api/cars/?no=1', { status: 400 }),
  print,
  open('/api/'),
  print,
];
