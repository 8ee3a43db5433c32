// AG Grid itself, in a browser: its server-side row model by the guide's data source.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { chromium } from 'playwright-core';

const origin = new URL(process.argv[2]).origin;
const library = new URL('../node_modules/ag-grid-enterprise/dist/ag-grid-enterprise.min.js', import.meta.url);
const files = {
  '/grid/page.html': ['text/html', '<div id="grid" style="height: 600px; width: 900px"></div><script src="library.js"></script><script type="module" src="page.mjs"></script>'],
  '/grid/library.js': ['text/javascript', readFileSync(library, 'utf8')],
  '/grid/grid-source.mjs': ['text/javascript', readFileSync(new URL('grid-source.mjs', import.meta.url), 'utf8')],
  '/grid/page.mjs': ['text/javascript', `
    import { source } from './grid-source.mjs';
    const columnDefs = ['car_id', 'make', 'year', 'price', 'sold', 'built', 'owner_id'].map((field) => ({ field, filter: true }));
    const column = (field) => columnDefs.find((one) => one.field === field);
    column('price').enableValue = true;
    column('price').aggFunc = 'sum';
    for (const field of ['make', 'sold']) column(field).enableRowGroup = true;
    for (const field of ['car_id', 'year']) column(field).filter = 'agNumberColumnFilter';
    column('make').filter = 'agTextColumnFilter';
    column('built').filter = 'agDateColumnFilter';
    for (const one of columnDefs) one.cellDataType = false;
    window.grid = agGrid.createGrid(document.querySelector('#grid'), {
      columnDefs,
      rowModelType: 'serverSide',
      serverSideDatasource: source('/api/cars/'),
      cacheBlockSize: 20,
      getChildCount: (group) => group.count,
    });`],
};

const browser = await chromium.launch({ executablePath: process.env.TEST_CHROMIUM ?? '/usr/bin/chromium', args: ['--disable-gpu'] });
try {
  const page = await browser.newPage();
  const faults = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('response', (answer) => { if (answer.status() >= 400) faults.push(`${answer.status()} ${answer.url()}`); });
  const asked = [];
  page.on('request', (request) => { if (request.url().includes('/api/')) asked.push(decodeURIComponent(request.url())); });
  await page.route('**/grid/*', (route) => {
    const [contentType, body] = files[new URL(route.request().url()).pathname] ?? ['text/plain', ''];
    return route.fulfill({ contentType, body });
  });
  await page.goto(`${origin}/grid/page.html`);
  await page.waitForFunction(() => window.grid !== undefined);
  await walk(page).catch((error) => { throw new Error([...faults, ...asked.slice(-3)].join('\n'), { cause: error }); });
  assert.deepEqual(faults, []);
  assert.ok(asked.some((url) => url.includes('limit=20&offset=40')), asked.join('\n'));
} finally {
  await browser.close();
}
console.log('done');

/** Waits until the grid shows these values of a column, from a row on. */
async function shows(page, column, expected, from = 0) {
  const seen = ([name, first, count]) => Array.from({ length: count }, (_, at) => {
    const row = window.grid.getDisplayedRowAtIndex(first + at);
    return row?.data === undefined || row.stub ? undefined : row.data[name];
  });
  const same = ([f, argument, wanted]) => JSON.stringify(new Function(`return ${f}`)()(argument)) === JSON.stringify(wanted);
  const argument = [column, from, expected.length];
  await page.waitForFunction(same, [String(seen), argument, expected], { timeout: 20_000 }).catch(() => {});
  assert.deepEqual(await page.evaluate(seen, argument), expected, column);
}

/** Waits until the grid has so many rows. */
async function count(page, expected) {
  const seen = () => window.grid.getDisplayedRowCount();
  await page.waitForFunction((rows) => window.grid.getDisplayedRowCount() === rows, expected, { timeout: 20_000 }).catch(() => {});
  assert.equal(await page.evaluate(seen), expected);
}

async function walk(page) {
  const grid = (f, argument) => page.evaluate(f, argument);
  // Scrolling to the end reads block by block.
  await grid(() => window.grid.applyColumnState({ state: [{ colId: 'car_id', sort: 'desc' }] }));
  await shows(page, 'car_id', [60, 59, 58]);
  for (const last of [39, 59]) {
    await grid((row) => window.grid.ensureIndexVisible(row), last);
    await shows(page, 'car_id', [61 - last, 60 - last], last - 1);
  }
  await count(page, 60);
  // Filters and several sorts.
  await grid(() => {
    window.grid.applyColumnState({ state: [{ colId: 'price', sort: 'desc' }], defaultState: { sort: null } });
    window.grid.setFilterModel({
      make: { filterType: 'text', type: 'contains', filter: 'oyo' },
      year: { filterType: 'number', operator: 'OR', conditions: [
        { filterType: 'number', type: 'inRange', filter: 1991, filterTo: 1996 }, { filterType: 'number', type: 'blank' },
      ] },
    });
  });
  await count(page, 4);
  await shows(page, 'car_id', [50, 20, 5, 2]);
  await grid(() => window.grid.setFilterModel({ built: { filterType: 'date', type: 'equals', dateFrom: '2020-01-02 00:00:00' } }));
  await count(page, 54);
  // Groups with their sums, opened down to the rows.
  await grid(() => { window.grid.setFilterModel(null); window.grid.setRowGroupColumns(['make', 'sold']); });
  await count(page, 3);
  await shows(page, 'make', ['Fiat', 'Toyota', 'Seat']);
  await shows(page, 'price', ['640.00', '620.00', '600.00']);
  const open = (row) => grid((at) => window.grid.getDisplayedRowAtIndex(at).setExpanded(true), row);
  await open(0);
  await count(page, 5);
  await shows(page, 'price', ['335.00', '305.00'], 1);
  await open(1);
  await count(page, 15);
  await shows(page, 'car_id', [60, 54, 48], 2);
}
