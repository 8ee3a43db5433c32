// The steps of walkthroughs. What is named is found as people and screen readers find it: by its role and the text
// that is seen. A text is a whole name, a pattern a part of one.
//
// Every step may end with options: `{ status: 404 }` is the status of the answer it leads to, a success unless it is
// said; `{ javascript: true }` takes the step only where JavaScript runs, `false` only where it does not.

const named = (root, role, name) => root.getByRole(role, { name, exact: typeof name === 'string' });
const FIELDS = ['textbox', 'searchbox', 'combobox', 'listbox', 'checkbox', 'radio', 'spinbutton'];
// Of a select, a label's text holds its options', its name does not; fields such as passwords have no role.
const labelled = (root, label) => {
  const byText = root.getByLabel(label, { exact: typeof label === 'string' }).and(root.locator('input, select, textarea'));
  return FIELDS.map((role) => named(root, role, label)).reduce((one, other) => one.or(other), byText);
};
const quoted = (text) => (typeof text === 'string' ? JSON.stringify(text) : String(text));

/** A step of one's own: `does` is given the page and the root that elements are searched in. */
export function step(says, does, options = {}) {
  return { says, does, ...options };
}

/** Opens a path of the server as if it was typed. */
export function open(path, options) {
  const does = async (page, _, origin) => {
    await page.goto(new URL(path, origin).href).catch((error) => {
      // A download leaves the page where it was.
      if (!/Download is starting|ERR_ABORTED/.test(error.message)) throw error;
    });
  };
  return step(`open ${path}`, does, options);
}

/** Clicks what has a role and a name: `click('link', 'Cars')`. */
export function click(role, name, options) {
  return step(`click ${role} ${quoted(name)}`, (_, root) => named(root, role, name).click(), options);
}

/** Writes into a field, in place of what is there. */
export function fill(label, value, options) {
  return step(`fill ${quoted(label)} with ${quoted(value)}`, (_, root) => labelled(root, label).fill(value), options);
}

/** Chooses an option of a select by its text. */
export function choose(label, option, options) {
  const does = (_, root) => labelled(root, label).selectOption({ label: option });
  return step(`choose ${quoted(option)} for ${quoted(label)}`, does, options);
}

/** Checks a checkbox or radio button, or takes the check away. */
export function check(label, checked = true, options = {}) {
  const does = (_, root) => labelled(root, label).setChecked(checked);
  return step(`${checked ? 'check' : 'uncheck'} ${quoted(label)}`, does, options);
}

/** Unfolds or folds what is under a summary. */
export function unfold(text, options) {
  const does = (_, root) => root.locator('summary').filter({ hasText: text }).click();
  return step(`unfold ${quoted(text)}`, does, options);
}

/** Presses a key wherever the focus is: `press('Enter')`, `press('Shift+Tab')`. */
export function press(key, options) {
  return step(`press ${key}`, (page) => page.keyboard.press(key), options);
}

/** Writes with the keyboard wherever the focus is. */
export function type(text, options) {
  return step(`type ${quoted(text)}`, (page) => page.keyboard.type(text), options);
}

/** Goes to an element by the Tab key alone, as people do who have no mouse. */
export function reach(role, name, options) {
  const does = async (page, root) => {
    const element = named(root, role, name);
    await element.waitFor();
    for (let presses = 0; presses < 1000; presses += 1) {
      if (await element.evaluate((found) => found === found.ownerDocument.activeElement)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error('1000 presses of Tab do not lead to it');
  };
  return step(`reach ${role} ${quoted(name)}`, does, options);
}

/** Goes back, as by the browser's button. */
export function back(options) {
  return step('go back', (page) => page.goBack(), options);
}

/** Waits until something is seen that has a role and a name. */
export function see(role, name, options) {
  return step(`see ${role} ${quoted(name)}`, (_, root) => named(root, role, name).first().waitFor(), options);
}

/** Waits until a text is seen. */
export function read(text, options) {
  const does = (_, root) => root.getByText(text, { exact: typeof text === 'string' }).first().waitFor();
  return step(`read ${quoted(text)}`, does, options);
}

/** Waits until nothing is seen that has a role and a name. */
export function miss(role, name, options) {
  const does = (_, root) => named(root, role, name).first().waitFor({ state: 'hidden' });
  return step(`miss ${role} ${quoted(name)}`, does, options);
}

/** Holds that a field has a value. */
export function holds(label, value, options) {
  const does = async (_, root) => {
    const found = await labelled(root, label).inputValue();
    if (found !== value) throw new Error(`it has ${quoted(found)}`);
  };
  return step(`${quoted(label)} holds ${quoted(value)}`, does, options);
}

/** Holds that the path and query of the page are a text, or match a pattern. */
export function at(expected, options) {
  const does = async (page) => {
    const { pathname, search } = new URL(page.url());
    const found = pathname + search;
    if (typeof expected === 'string' ? found !== expected : !expected.test(found)) throw new Error(`it is at ${found}`);
  };
  return step(`be at ${quoted(expected)}`, does, options);
}

/** Does a step inside of what has a role and a name: `within('row', /Citroën/, click('link', 'Edit'))`. */
export function within(role, name, inner) {
  const does = (page, root, origin) => inner.does(page, named(root, role, name), origin);
  return { ...inner, says: `${inner.says} in ${role} ${quoted(name)}`, does };
}
