// Swagger UI: `node swagger.mjs URL` opens it at the API of the example `cars`, asks for a list and deletes a part by
// it, and prints findings as JSON. Its pages are not ours, so what every page of ours must do is not checked.

import { launch } from './libraries.mjs';
import { Findings } from './findings.mjs';
import { watch } from './watch.mjs';

const { origin } = new URL(process.argv[2]);
const browser = await launch();
const findings = new Findings();
const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
page.setDefaultTimeout(30_000);
const watched = await watch(page, origin, findings);
const path = '/api/docs/swagger-ui/';
findings.at({ javascript: true, step: 'Swagger UI', page: path });
try {
  await page.goto(origin + path);
  await page.locator('.opblock-tag').first().waitFor();
  const { paths, tags } = await (await page.request.get(`${origin}/api/openapi.json`)).json();
  await holds('tags', page.locator('.opblock-tag'), tags.length);
  for (const tag of await page.locator('.opblock-tag').all()) await tag.click();
  const operations = Object.values(paths).flatMap((methods) => Object.keys(methods));
  await holds('operations', page.locator('.opblock'), operations.length);
  await execute('operations-cars-listCars', {}, '200');
  await execute('operations-parts-deletePart', { part_id: '1' }, '204');
  await watched.settle();
} catch (error) {
  findings.add('step', error.message);
}
console.log(JSON.stringify({ findings: findings.list(), pages: [path] }));
process.exit();

async function holds(what, found, expected) {
  await found.nth(expected - 1).waitFor({ state: 'attached' });
  const count = await found.count();
  if (count !== expected) throw new Error(`it has ${count} ${what}, not ${expected}`);
}

/** Tries an operation out with these parameters, and holds that it is answered by a status. */
async function execute(id, parameters, status) {
  const operation = page.locator(`[id="${id}"]`);
  await operation.locator('.opblock-summary-control').click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  for (const [name, value] of Object.entries(parameters)) {
    await operation.locator(`[data-param-name="${name}"] input`).fill(value);
  }
  await operation.getByRole('button', { name: 'Execute' }).click();
  const answer = operation.locator('.live-responses-table .response-col_status').nth(1);
  const found = (await answer.textContent()).trim();
  if (!found.startsWith(status)) throw new Error(`${id}: ${found}, not ${status}`);
}
