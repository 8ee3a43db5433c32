// The steps of walkthroughs that write.

import { step } from './steps.mjs';

/** What another client does meanwhile. */
export const meanwhile = (method, path, body) =>
  step(`${method} ${path} by another client`, async (page, root, origin) => {
    const headers = { 'Content-Type': 'application/json' };
    const answer = await fetch(new URL(path, origin), { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  });

/** Holds that a field is said to be at fault, by a text beside it. */
export const faulty = (label, text) =>
  step(`see ${text} beside ${label}`, async (page, root) => {
    const field = root.getByLabel(label);
    if ((await field.getAttribute('aria-invalid')) !== 'true') throw new Error('the field is not marked');
    const ids = (await field.getAttribute('aria-describedby')).split(' ');
    const texts = await Promise.all(ids.map((id) => root.locator(`#${id}`).textContent()));
    if (!texts.some((found) => text.test(found))) throw new Error(`it is described by ${texts.join(', ')}`);
  });
