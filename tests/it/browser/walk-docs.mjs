// The documentation of the example `cars`: by a link of its pages, whole, and with every link leading somewhere.

import { at, click, open, see, step, unfold } from './steps.mjs';

const shown = (anchor) =>
  step(`see ${anchor} in the window`, async (page) => {
    await page.waitForURL((url) => url.hash === `#${anchor}`);
    const box = await page.locator(`[id="${anchor}"]`).boundingBox();
    if (!box || box.y < 0 || box.y > 800) throw new Error(`it is at ${JSON.stringify(box)}`);
  });

const document = async (page, origin) => (await page.request.get(`${origin}/api/openapi.json`)).json();

const isWhole = step('compare the operations with those of the document', async (page, _, origin) => {
  const { paths } = await document(page, origin);
  const expected = Object.values(paths).flatMap((methods) => Object.values(methods).map((one) => one.operationId));
  const found = await page.locator('.operation .label code').allTextContents();
  if (String(found.sort()) !== String(expected.sort())) throw new Error(`it has ${found}, not ${expected}`);
});

const leadsSomewhere = step('follow every link', async (page, _, origin) => {
  const links = await page.locator('a').evaluateAll((all) => all.map((link) => link.href));
  const ids = new Set(await page.locator('[id]').evaluateAll((all) => all.map((one) => one.id)));
  const own = page.url().split('#')[0];
  for (const link of new Set(links)) {
    const [uri, anchor] = link.split('#');
    if (uri === own && anchor && !ids.has(anchor)) throw new Error(`nothing is at #${anchor}`);
    if (uri !== own && !uri.startsWith(origin)) throw new Error(`${uri} leads elsewhere`);
  }
  const elsewhere = new Set(links.map((link) => link.split('#')[0]).filter((uri) => uri !== own));
  for (const uri of elsewhere) {
    const status = (await page.request.get(uri)).status();
    if (status !== 200) throw new Error(`${uri}: ${status}`);
  }
});

const fitsAPhone = step('unfold everything on a phone', async (page) => {
  await page.locator('details').evaluateAll((all) => {
    for (const one of all) one.open = true;
  });
  await page.setViewportSize({ width: 360, height: 800 });
  const width = await page.locator('html').evaluate((html) => html.scrollWidth);
  await page.setViewportSize({ width: 1280, height: 800 });
  if (width > 360) throw new Error(`it is ${width} px wide`);
});

export default [
  open('/api/cars/'),
  click('link', 'Documentation'),
  at('/api/docs/'),
  shown('tag-cars'),
  see('heading', 'cars'),
  isWhole,
  leadsSomewhere,

  // From an operation to a model.
  unfold(/^GET \/cars\/ A page of cars/),
  click('link', 'CarPage'),
  shown('schema-CarPage'),
  see('region', 'Members of CarPage'),

  // An anchor shows what is folded.
  open('/api/docs/#operation-retrieveCar'),
  shown('operation-retrieveCar'),
  fitsAPhone,

  open('/api/docs/'),
  click('link', 'OpenAPI document'),
  at('/api/openapi.json'),
];
