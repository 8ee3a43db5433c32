// The API of the example `cars`, from its root to a part of a car and back, and what can be asked of a list.

import { at, back, choose, click, fill, holds, miss, open, read, see, step, unfold, within } from './steps.mjs';

const sorted = (name, how) =>
  step(`see that ${name} is ${how}`, (_, root) => root.locator(`th[aria-sort="${how}"]`, { hasText: name }).waitFor());

/** Holds that the parts of a page begin at the same distance from the edge of a phone. */
const aligned = (...parts) =>
  step(`see ${parts.join(', ')} begin below each other`, async (page) => {
    const { width, height } = page.viewportSize();
    await page.setViewportSize({ width: 360, height });
    const boxes = await Promise.all(parts.map((part) => page.locator(part).first().boundingBox()));
    await page.setViewportSize({ width, height });
    const starts = boxes.map((box) => Math.round(box.x));
    if (new Set(starts).size > 1) throw new Error(`they begin at ${starts.join(', ')} px`);
  });

/** Chooses how a column is compared, and with what. */
const filter = (column, how, value) => [choose(`How to compare ${column}`, how), fill(column, value)];

export default [
  open('/'),
  at('/api/'),
  see('heading', 'Cars'),
  click('link', /^cars/),
  at('/api/cars/'),
  see('heading', 'cars'),
  read('rows 1–25 of 171'),
  aligned('.brand', 'h1', '.scroll', '.curl'),

  // To a part, by the car it belongs to, and back.
  open('/api/cars/?page_size=25&ordering=-car_id'),
  click('link', 'Last'),
  click('link', 'Previous'),
  click('link', 'Open row 13'),
  see('heading', 'Car 34'),
  read(/^The 2CV began in 1936/),
  within('region', 'Related', click('link', 'all as a list')),
  at('/api/parts/?car_id=34'),
  read('3 rows'),
  click('link', 'Open row 1'),
  see('heading', 'Part 1'),
  click('link', '34'),
  at('/api/cars/34/'),
  within('navigation', 'Path', click('link', 'cars')),
  click('link', 'Cars'),
  at('/api/'),

  // From page to page by cursors, which have no numbers.
  open('/api/cars/?page_size=100&ordering=introduced&cursor='),
  read('100 rows here'),
  miss('link', 'Last'),
  click('link', 'Next'),
  read('71 rows here'),
  miss('link', 'Next'),
  click('link', 'Previous'),
  read('100 rows here'),
  miss('link', 'Previous'),
  click('link', 'make'),
  at('/api/cars/?page_size=100&ordering=make'),
  open('/api/'),

  // Sorting.
  click('link', /^cars/),
  click('link', 'introduced'),
  at('/api/cars/?ordering=introduced'),
  sorted('introduced', 'ascending'),
  click('link', 'introduced'),
  at('/api/cars/?ordering=-introduced'),
  sorted('introduced', 'descending'),

  // Two filters of the form, and one of them removed.
  choose('body', 'saloon'),
  ...filter('introduced', '≥', '1980'),
  click('button', 'Apply'),
  at('/api/cars/?ordering=-introduced&body=saloon&introduced__gte=1980'),
  within('region', 'Active filters', read('introduced ≥ 1980')),
  holds('introduced', '1980'),
  click('link', 'Remove the filter body = saloon'),
  at('/api/cars/?ordering=-introduced&introduced__gte=1980'),
  miss('link', 'Remove the filter body = saloon'),
  sorted('introduced', 'descending'),

  // A search within the filter, and everything taken away again.
  fill(/^Search in/, 'electric'),
  click('button', 'Search'),
  at(/introduced__gte=1980.*search=electric/),
  within('region', 'Active filters', read('search = electric')),
  click('link', 'Remove all'),
  at(/^\/api\/cars\/\??(ordering=-introduced)?$/),

  // A comparison that needs no value, and one of several words.
  choose('How to compare owner_id', 'is not null'),
  ...filter('make', 'one of', 'Citroën,Fiat'),
  click('button', 'Apply'),
  at(/make__in=Citro%C3%ABn%2CFiat.*owner_id__isnull=false/),

  // Facets: asked for, a value chosen and no longer, hidden; the rows as groups, and back.
  open('/api/cars/?body=saloon&page_size=10'),
  click('link', 'Count the values of country'),
  at('/api/cars/?body=saloon&page_size=10&facet=country'),
  within('region', 'Values of country', click('link', /^Japan/)),
  at('/api/cars/?body=saloon&page_size=10&facet=country&country=Japan'),
  within('region', 'Active filters', read('country = Japan')),
  within('region', 'Values of country', click('link', /^Japan/)),
  at('/api/cars/?body=saloon&page_size=10&facet=country'),
  click('link', 'Count the values of make'),
  within('region', 'Values of make', unfold(/more$/)),
  click('link', 'Hide the values of make'),
  click('link', 'Hide the values of country'),
  at('/api/cars/?body=saloon&page_size=10'),
  click('link', 'Group by country'),
  at('/api/cars/?body=saloon&page_size=10&aggregate=count&group_by=country'),
  see('heading', 'cars: groups'),
  click('link', 'count'),
  sorted('count', 'ascending'),
  click('link', 'count'),
  sorted('count', 'descending'),
  click('link', 'Show the rows'),
  at('/api/cars/?body=saloon&page_size=10'),

  // Pages.
  open('/api/cars/'),
  choose('Rows a page', '10'),
  click('button', 'Show', { javascript: false }),
  at('/api/cars/?page_size=10'),
  read('rows 1–10 of 171'),
  click('link', 'Page 2'),
  at(/page=2/),
  click('link', 'Next'),
  read('rows 21–30 of 171'),
  click('link', 'Last'),
  read('rows 171–171 of 171'),
  miss('link', 'Next'),
  click('link', 'First'),
  read('rows 1–10 of 171'),

  // Long texts are folded.
  open('/api/cars/?car_id=34'),
  unfold('The 2CV began'),

  // Every format, and what can be asked, one click away.
  open('/api/cars/34/'),
  click('link', 'json'),
  at('/api/cars/34/?format=json'),
  back(),
  click('link', 'ndjson'),
  open('/api/cars/34/'),
  click('link', /OPTIONS/),
  see('heading', /Car/i),
  read('displacement_l__gte'),
  open('/api/?_form=options'),
  open('/api/parts/?_form=options'),

  // What is not there.
  open('/api/cars/?make=Nobody'),
  read(/No row meets these filters/),
  click('link', 'Remove all filters'),
  at(/^\/api\/cars\/\??$/),
  open('/api/cars/?page=100', { status: 404 }),
  open('/api/cars/?no=1&introduced__gte=soon', { status: 400 }),
  click('link', /without parameters/),
  at('/api/cars/'),
  open('/api/cars/999/', { status: 404 }),
  open('/api/nothing/', { status: 404 }),
  open('/api/owners/'),
  open('/api/owners/6/'),
];
