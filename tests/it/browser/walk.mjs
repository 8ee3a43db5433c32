// Takes a walkthrough: `node walk.mjs NAME URL URL` does the steps of `NAME.mjs` with JavaScript on the server at the
// first URL and without on that at the second, and checks every page it comes to. Prints findings as JSON.
//
// A walkthrough exports its steps as default. `export const javascript = [true]` takes it with JavaScript only.

import { launch } from './libraries.mjs';
import { Findings } from './findings.mjs';
import { Inspector, look } from './page.mjs';
import { path, watch } from './watch.mjs';

const [name, withScripts, without] = process.argv.slice(2);
const { default: steps, javascript = [true, false] } = await import(`./${name}.mjs`);

/** How long a step waits for what it looks for, and for a page, in milliseconds, however busy the machine is. */
const PATIENCE = 30_000;

/** How long a step and its checks may take, in milliseconds. Chromium may hang, which no other limit ends. */
const LIMIT = 120_000;

const browser = await launch();
const pages = new Set();
const findings = [];
for (const scripts of javascript) {
  findings.push(...(await walk(new URL(scripts ? withScripts : without).origin, scripts)));
}
console.log(JSON.stringify({ findings, pages: [...pages] }));
// The browser ends with its process, even one that hangs.
process.exit();

async function walk(origin, scripts) {
  const findings = new Findings();
  const context = await browser.newContext({
    javaScriptEnabled: scripts,
    viewport: { width: 1280, height: 800 },
    // A color that changes slowly is another one while it is checked.
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const watched = await watch(page, origin, findings);
  const inspector = await Inspector.open(browser, scripts);
  const state = { origin, scripts, findings, context, page, watched, inspector, checked: '' };
  for (const [number, step] of steps.entries()) {
    if ((step.javascript ?? scripts) !== scripts) continue;
    findings.at({ javascript: scripts, step: `${number + 1}, ${step.says}`, page: path(page.url()) });
    try {
      await Promise.race([take(step, state), late(LIMIT)]);
    } catch (error) {
      const message = error.message.replace(/\x1b\[\d+m/g, '');
      findings.add('step', `${message}\n${await outline(page)}`);
      break;
    }
  }
  const closed = Promise.all([inspector.close(), context.close()]);
  await Promise.race([closed, late(LIMIT)]).catch((error) => findings.add('step', error.message));
  return findings.list();
}

/** Fails after a time, without keeping the script alive. */
function late(limit) {
  return new Promise((_, fail) => {
    setTimeout(() => fail(new Error(`it takes longer than ${limit / 1000} s`)), limit).unref();
  });
}

/** Does a step, and checks what it leads to: new documents, or the same one changed. */
async function take(step, state) {
  const { origin, scripts, findings, context, page, watched, inspector } = state;
  watched.expect(step.status);
  await step.does(page, page, origin);
  await watched.settle();
  const documents = await watched.documents();
  for (const document of documents) {
    findings.at({ page: path(document.url) });
    pages.add(path(document.url));
    const { method, status } = document;
    if (step.status ? status !== step.status : status >= 400) {
      findings.add('status', `${method}: ${status}, not ${step.status ?? 'a success'}`);
    }
    if (document.isHtml) await inspector.inspect(document, await context.cookies(), findings);
  }
  if (step.status && documents.length === 0 && !watched.isMet()) {
    findings.add('status', `no answer, not ${step.status}`);
  }
  const current = await page.content();
  const isChanged = documents.length === 0 && current !== state.checked;
  state.checked = current;
  // Without scripts a page changes only by what its visitor unfolds, which the walk with scripts checks.
  if (scripts && isChanged && (await page.evaluate(() => document.contentType)) === 'text/html') {
    await look(page, findings);
  }
}

/** What a screen reader has of the page, for people who look for what a step did not find. */
async function outline(page) {
  const tree = await page.locator('body').ariaSnapshot().catch((error) => error.message);
  return `${page.url()}\n${tree}`.slice(0, 4_000);
}
