// The checks of every page. A page is shown again, from the bytes of its answer, in a tab of its own: so the answers
// to forms are checked, too, and the tab of the walkthrough is left as it is.

import { createHash } from 'node:crypto';

import { ALL_RULES, RULES_OF_COLORS, axe } from './axe.mjs';
import { contents } from './contents.mjs';
import { focus } from './focus.mjs';
import { markup } from './markup.mjs';
import { overflow } from './overflow.mjs';
import { enter } from './world.mjs';

/** The color schemes, each with the rules of axe-core: the rules about all else find the same in both. */
const SCHEMES = [['light', ALL_RULES], ['dark', RULES_OF_COLORS]];
/** The narrowest page that must do, and a usual window. */
const WIDTHS = [360, 1280];

export class Inspector {
  #page;
  #session;
  #scripts;
  #shown;
  #done = new Set();

  /** A tab to check pages in as they are with scripts, or without. */
  static async open(browser, scripts) {
    const inspector = new Inspector();
    const context = await browser.newContext({ reducedMotion: 'reduce' });
    inspector.#scripts = scripts;
    inspector.#page = await context.newPage();
    inspector.#session = await context.newCDPSession(inspector.#page);
    await context.route('**', (route) => inspector.#answer(route));
    return inspector;
  }

  async #answer(route) {
    if (route.request().isNavigationRequest() && route.request().url() === this.#shown.url) {
      const { status, headers, body } = this.#shown;
      const { 'content-encoding': _, 'content-length': __, 'transfer-encoding': ___, ...kept } = headers;
      return route.fulfill({ status, headers: kept, body });
    }
    if (new URL(route.request().url()).origin !== new URL(this.#shown.url).origin) return route.abort();
    const response = await route.fetch().catch(() => null);
    return response ? route.fulfill({ response }) : route.abort();
  }

  async close() {
    await this.#page.context().close();
  }

  /** Checks a document once, with the cookies that its answer was asked for with. */
  async inspect(document, cookies, findings) {
    const digest = createHash('sha256').update(document.body).digest('hex');
    if (this.#done.has(digest)) return;
    this.#done.add(digest);
    await markup(document.body.toString('utf8'), findings);

    this.#shown = document;
    const page = this.#page;
    await page.context().clearCookies();
    await page.context().addCookies(cookies);
    await this.#session.send('Emulation.setScriptExecutionDisabled', { value: !this.#scripts });
    await page.goto(document.url);
    // The checks need timers, which a page without scripts does not have.
    await this.#session.send('Emulation.setScriptExecutionDisabled', { value: false });
    const world = await enter(page);
    // Which is hidden again now that scripts run.
    if (!this.#scripts) await world.call(unwrapNoscript);
    for (const fault of await world.call(contents)) findings.add(fault.check, fault.what);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      for (const [colorScheme, rules] of SCHEMES) {
        await page.emulateMedia({ colorScheme });
        const view = `${width} px, ${colorScheme}`;
        for (const what of await world.call(overflow)) findings.add('overflow', what, view);
        for (const what of await axe(world, rules)) findings.add('axe', what, view);
        // A key makes the browser show focus wherever it goes from now on.
        await page.keyboard.press('Tab');
        for (const what of await world.call(focus)) findings.add('focus', what, view);
      }
    }
    await world.leave();
  }
}

function unwrapNoscript() {
  for (const element of document.querySelectorAll('noscript')) element.replaceWith(...element.childNodes);
}

/** Checks a page as it stands, after its own scripts or its visitor have changed it. */
export async function look(page, findings) {
  const world = await enter(page);
  for (const fault of await world.call(contents)) findings.add(fault.check, fault.what);
  for (const [colorScheme, rules] of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    for (const what of await world.call(overflow)) findings.add('overflow', what, colorScheme);
    for (const what of await axe(world, rules)) findings.add('axe', what, colorScheme);
  }
  await page.emulateMedia({ colorScheme: null });
  await world.leave();
}
