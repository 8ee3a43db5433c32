// What axe-core finds on a page.

import { axeSource } from './libraries.mjs';

const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** All rules. `target-size` is the only rule of these standards that is off unless asked for. */
export const ALL_RULES = { runOnly: STANDARDS, rules: { 'target-size': { enabled: true } } };
/** The rules that a page may break in one color scheme alone. */
export const RULES_OF_COLORS = { runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } };

/** What axe-core finds by some of its rules, and the texts whose contrast it cannot tell. */
export async function axe(world, rules) {
  if (!(await world.run('typeof axe !== "undefined"'))) await world.run(axeSource);
  const { violations, unclear } = await run(world, null, rules);
  const found = [...violations];
  const covered = unclear.flatMap((rule) => rule.nodes.map((node) => node.target));
  if (covered.length > 0) {
    // Most of these texts are partly scrolled away, or under a head that stays: seen whole, their contrast can be told.
    await world.call(spread);
    const whole = await run(world, { include: covered }, { runOnly: { type: 'rule', values: ['color-contrast'] } });
    await world.call(gather);
    found.push(...whole.violations, ...whole.unclear);
  }
  return found.flatMap((rule) =>
    // What is wrong in one row of a table is wrong in all.
    rule.nodes.slice(0, 3).map((node) => {
      const why = [...node.any, ...node.all, ...node.none].map((check) => check.message).join(' ');
      const where = `${node.target.join(' ')}: ${node.html.slice(0, 200)}`;
      return `${rule.id}, ${rule.nodes.length} times: ${rule.help}: ${where}: ${why}`;
    }),
  );
}

async function run(world, context, options) {
  const settings = JSON.stringify({ ...options, resultTypes: ['violations', 'incomplete'] });
  const { violations, incomplete } = await world.run(
    `axe.run(${context ? JSON.stringify(context) : 'document'}, ${settings}).then(({ violations, incomplete }) => ({ violations, incomplete }))`,
  );
  // Signs such as arrows are no texts.
  const isSign = (node) => node.any.some((check) => check.data?.messageKey === 'nonBmp');
  // A text under a part of the page that is spread out is seen without it on other pages.
  const isUnder = (node) => context && node.any.some((check) => check.data?.messageKey === 'bgOverlap');
  const unclear = incomplete
    .filter((rule) => rule.id === 'color-contrast')
    .map((rule) => ({ ...rule, nodes: rule.nodes.filter((node) => !isSign(node) && !isUnder(node)) }))
    .filter((rule) => rule.nodes.length > 0);
  return { violations, unclear };
}

/** Shows whole what scrolls, folds or lies over other elements. Runs in the page. */
function spread() {
  globalThis.spread = [];
  for (const element of document.body.querySelectorAll('*')) {
    const { overflowX, overflowY, position, width, height } = getComputedStyle(element);
    const changes = [];
    // Texts for screen readers alone are a pixel in size, and stay so.
    const isSeen = !(parseFloat(width) <= 1 && parseFloat(height) <= 1);
    if (isSeen && (overflowX !== 'visible' || overflowY !== 'visible')) changes.push(['overflow', 'visible']);
    // What was cut off lies over its neighbours, on its own background.
    const [isWide, isHigh] = [element.scrollWidth > element.clientWidth, element.scrollHeight > element.clientHeight];
    if (changes.length > 0 && (isWide || isHigh)) {
      changes.push(['position', 'relative'], ['z-index', '9999'], ['height', 'auto'], ['max-height', 'none']);
      if (isWide) changes.push(['width', 'max-content'], ['max-width', 'none']);
    } else if (position === 'sticky' || position === 'fixed') changes.push(['position', 'static']);
    if (changes.length === 0) continue;
    globalThis.spread.push([element, element.getAttribute('style')]);
    for (const [name, value] of changes) element.style.setProperty(name, value, 'important');
  }
}

/** Takes back what `spread` did. Runs in the page. */
function gather() {
  for (const [element, style] of globalThis.spread) {
    if (style === null) element.removeAttribute('style');
    else element.style.cssText = style;
  }
}
