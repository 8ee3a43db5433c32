// Hostile texts as the values of rows, as filters, searches and names in URLs, and in forms: no script of theirs runs,
// and they become no element.

import { click, fill, holds, open, see, step } from './steps.mjs';
import { hostile } from './hostile.mjs';

const FIRST = 1000;

/** How many texts share the pages of one car: each has its places among them, and with TEST_LONG every place. */
const TOGETHER = process.env.TEST_LONG ? 1 : 4;

const groups = Array.from({ length: Math.ceil(hostile.length / TOGETHER) }, (_, at) =>
  hostile.slice(at * TOGETHER, (at + 1) * TOGETHER),
);

/** The elements that the pages consist of: any other comes from a value. Runs in the page. */
function strangers(texts) {
  const known = new Set(
    `html head meta title link script body a header div nav ol ul li main h1 h2 p section table thead tbody tr th td
    span code time details summary form input label select option textarea button aside dl dt dd footer strong q`.split(/\s+/),
  );
  const faults = [];
  for (const element of document.querySelectorAll('*')) {
    if (!known.has(element.localName) || element.namespaceURI !== 'http://www.w3.org/1999/xhtml') faults.push(element.outerHTML);
    const isOwn = element.src?.includes('_form=script-') && !element.textContent;
    if (element.localName === 'script' && !isOwn) faults.push(element.outerHTML);
    for (const { name, value } of element.attributes) {
      if (name.startsWith('on') || ['style', 'autofocus', 'srcdoc', 'http-equiv'].includes(name)) faults.push(element.outerHTML);
      if (['href', 'src', 'action', 'formaction'].includes(name)) {
        const { protocol, origin } = new URL(value, document.baseURI);
        const isLink = element.localName === 'a' && /^https?:$/.test(protocol) && texts.includes(value);
        if (origin !== location.origin && !isLink) faults.push(element.outerHTML);
      }
    }
  }
  return faults.map((fault) => fault.slice(0, 300));
}

/** Opens pages that show texts, in a tab beside, and holds that they are text. */
const shown = (texts, number) =>
  step(`see ${JSON.stringify(texts)} as text`, async (page, _, origin) => {
    const id = FIRST + number;
    // In each group, other texts come to the same places.
    let turn = number;
    const next = () => texts[turn++ % texts.length];
    const encoded = () => encodeURIComponent(next());
    const text = next();
    const values = { make: text, model: next(), country: next(), designer: next(), notes: texts.join('\n') };
    const car = { car_id: id, introduced: 1970, body: 'van', electric: false, ...values };
    const headers = { 'Content-Type': 'application/json' };
    const created = await fetch(`${origin}/api/cars/`, { method: 'POST', headers, body: JSON.stringify(car) });
    if (created.status !== 201) throw new Error(`${created.status}: ${await created.text()}`);

    const paths = [
      `/api/cars/${id}/`,
      `/api/cars/${id}/?_form=edit`,
      `/api/cars/${id}/?_form=delete`,
      `/api/cars/?make=${encoded()}`,
      `/api/cars/?make__icontains=${encoded()}&designer__startswith!=${encoded()}&ordering=${encoded()}`,
      `/api/cars/?search=${encoded()}`,
      `/api/cars/?${encoded()}=${encoded()}&page=${encoded()}`,
      `/api/cars/?car_id=${encoded()}`,
      `/api/cars/${encoded()}/`,
      `/api/${encoded()}/`,
      `/api/cars/${id}/change_engine/?_form=act&x=${encoded()}`,
      `/api/?x=${encoded()}`,
    ];
    const tab = await page.context().newPage();
    const events = [];
    tab.on('dialog', (dialog) => (events.push(`dialog ${dialog.message()}`), dialog.dismiss()));
    tab.on('request', (request) => {
      if (new URL(request.url()).origin !== origin) events.push(request.url());
    });
    tab.on('pageerror', (error) => events.push(error.message));
    for (const path of paths) {
      const answer = await tab.goto(origin + path);
      if (!answer.headers()['content-type'].startsWith('text/html')) throw new Error(`${path} is no page`);
      if (answer.status() >= 500) throw new Error(`${path}: ${answer.status()}`);
      events.push(...(await tab.evaluate(strangers, hostile)));
      if (events.length > 0) throw new Error(`${path}: ${events.join('\n')}`);
    }
    // What is edited is the value itself.
    await tab.goto(`${origin}${paths[1]}`);
    const edited = await tab.locator('[name=make]').inputValue();
    if (edited !== text.replaceAll('\r\n', '\n')) throw new Error(`the form holds ${JSON.stringify(edited)}`);
    await tab.goto(`${origin}${paths[0]}`);
    const seen = await tab.locator('dl.members dd').nth(1).textContent();
    if (seen.replaceAll('\r\n', '\n') !== text.replaceAll('\r\n', '\n')) throw new Error(`the object shows ${JSON.stringify(seen)}`);
    await tab.close();
  });

/** A search for the whole text. */
const phrase = (text) => `"${text.replaceAll('"', '""')}"`;

const none = step('see no element of theirs', async (page) => {
  const found = await page.evaluate(strangers, hostile);
  if (found.length > 0) throw new Error(found.join('\n'));
});

export default [
  open('/api/'),
  ...groups.map(shown),
  open(`/api/cars/?page_size=100&car_id__gte=${FIRST}`),
  none,
  open(`/api/cars/?search=${encodeURIComponent(phrase(hostile[3]))}&make=${encodeURIComponent(hostile[3])}`),
  none,
  open(`/api/cars/${FIRST + 3}/?_form=edit`),
  none,

  // What is typed and refused is shown again.
  fill('make', hostile[18]),
  fill('notes', hostile[18]),
  fill('owner_id', '99999'),
  click('button', 'Save', { status: 409 }),
  holds('notes', hostile[18]),
  none,
  click('button', 'Look up Owner'),
  fill('Search for Owner', hostile[30]),
  click('button', 'Search'),
  holds('Search for Owner', hostile[30]),
  none,
  open('/api/cars/?_form=paste'),
  fill('Table', `${hostile[2]}\tmake\n${hostile.slice(0, 30).map((text) => `${text.replaceAll('"', "'")}\t${text.replaceAll('"', "'")}`).join('\n')}`),
  click('button', 'Preview'),
  see('heading', '30 rows'),
  none,
  click('button', 'Insert 30 rows', { status: 400 }),
  none,
  open(`/api/cars/${FIRST}/change_engine/?_form=act`),
  fill('Payload, as JSON', `"${hostile[0]}"`),
  click('button', 'Call change_engine', { status: 400 }),
  none,
];
