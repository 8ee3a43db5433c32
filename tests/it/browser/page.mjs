// The checks of every page. A page is shown again, from the bytes of its answer, in a tab of its own: so the answers
// to forms are checked, too, and the tab of the walkthrough is left as it is.

import { createHash } from 'node:crypto';

import { axeSource } from './libraries.mjs';
import { contents } from './contents.mjs';
import { focus } from './focus.mjs';
import { markup } from './markup.mjs';
import { overflow } from './overflow.mjs';
import { enter } from './world.mjs';

const SCHEMES = ['light', 'dark'];
/** The narrowest page that must do, and a usual window. */
const WIDTHS = [360, 1280];
const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

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
    await world.run(axeSource);
    for (const fault of await world.call(contents)) findings.add(fault.check, fault.what);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme });
        const view = `${width} px, ${colorScheme}`;
        for (const what of await world.call(overflow)) findings.add('overflow', what, view);
        for (const what of await axe(world)) findings.add('axe', what, view);
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
  await world.run(axeSource);
  for (const fault of await world.call(contents)) findings.add(fault.check, fault.what);
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    for (const what of await world.call(overflow)) findings.add('overflow', what, colorScheme);
    for (const what of await axe(world)) findings.add('axe', what, colorScheme);
  }
  await page.emulateMedia({ colorScheme: null });
  await world.leave();
}

/** What axe-core finds, and the texts whose contrast it cannot tell. */
async function axe(world) {
  const options = {
    runOnly: STANDARDS,
    // The only rule of these standards that is off unless asked for.
    rules: { 'target-size': { enabled: true } },
    resultTypes: ['violations', 'incomplete'],
  };
  const { violations, incomplete } = await world.run(
    `axe.run(document, ${JSON.stringify(options)}).then(({ violations, incomplete }) => ({ violations, incomplete }))`,
  );
  const unclear = incomplete.filter((rule) => rule.id === 'color-contrast');
  return [...violations, ...unclear].flatMap((rule) =>
    // What is wrong in one row of a table is wrong in all.
    rule.nodes.slice(0, 3).map((node) => {
      const why = [...node.any, ...node.all, ...node.none].map((check) => check.message).join(' ');
      const where = `${node.target.join(' ')}: ${node.html.slice(0, 200)}`;
      return `${rule.id}, ${rule.nodes.length} times: ${rule.help}: ${where}: ${why}`;
    }),
  );
}
