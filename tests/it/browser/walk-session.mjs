// Behind a login (session.rs): forms work with its cookie, and those of another site do nothing, even with the cookie.

import { createServer } from 'node:http';

import { at, click, fill, holds, miss, open, read, see, step } from './steps.mjs';

/** Sends a form from a page of another origin, as the browser of somebody who is signed in here. */
const fromElsewhere = (path, fields) =>
  step(`send a form to ${path} from another site`, async (page, _, origin) => {
    const inputs = Object.entries(fields).map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`);
    const form = `<form method="post" action="${origin}${path}">${inputs.join('')}<button>Win a car</button></form>`;
    const headers = { 'Content-Type': 'text/html' };
    const site = createServer((request, response) => response.writeHead(200, headers).end(`<!DOCTYPE html>${form}`));
    await new Promise((done) => site.listen(0, '127.0.0.1', done));
    const tab = await page.context().newPage();
    await tab.goto(`http://127.0.0.1:${site.address().port}/`);
    const isSent = (response) => response.request().method() === 'POST';
    const [answer] = await Promise.all([tab.waitForResponse(isSent), tab.getByRole('button').click()]);
    const sent = await answer.request().allHeaders();
    // Chromium hangs where a tab is closed while the answer is on its way into it.
    await tab.waitForURL(answer.url());
    await tab.close();
    site.close();
    if (!/session=Ann/.test(sent.cookie)) throw new Error('the browser sends no cookie, so nothing is tried');
    if (answer.status() !== 403) throw new Error(`it is answered by ${answer.status()}`);
  });

export default [
  open('/api/'),
  read(/nothing that you may see/),
  open('/api/cars/', { status: 401 }),
  click('link', 'Sign in'),
  fill('Name', 'Ann'),
  click('button', 'Sign in'),
  at('/api/cars/'),
  read('Ann'),

  click('link', 'New'),
  fill(/^car_id/, '3'),
  fill('make', 'Lada'),
  click('button', 'Create'),
  at('/api/cars/3/'),
  click('link', 'Edit'),
  fill('make', 'Volga'),
  click('button', 'Save'),
  read('Volga'),
  click('link', 'Delete'),
  click('button', 'Delete'),
  at('/api/cars/'),

  fromElsewhere('/api/cars/1/?_form=delete', { _form: 'tag=*' }),
  fromElsewhere('/api/cars/1/?_form=edit', { make: 'Stolen' }),
  fromElsewhere('/api/cars/?_form=create', { car_id: '9', make: 'Stolen' }),
  fromElsewhere('/api/cars/?_form=paste', { table: 'car_id,make&#10;9,Stolen', _form: 'insert=1' }),
  fromElsewhere('/api/cars/', { car_id: '9', make: 'Stolen' }),
  open('/api/cars/'),
  read('2 rows'),
  read('Fiat'),
  miss('cell', 'Stolen'),

  // What was signed in when a form was opened may not be when it is sent.
  open('/api/cars/1/?_form=edit'),
  fill('make', 'Seat'),
  step('lose the session', (page) => page.context().clearCookies()),
  click('button', 'Save', { status: 401 }),
  click('link', 'Sign in'),
  fill('Name', 'Bob'),
  click('button', 'Sign in'),
  read('Bob'),
  open('/api/cars/1/?_form=edit'),
  holds('make', 'Fiat'),
  click('button', 'Sign out'),
  at('/api/'),
  see('link', 'Sign in'),
  open('/api/cars/', { status: 401 }),
];
