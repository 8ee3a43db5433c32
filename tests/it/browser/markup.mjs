// Whether a document is HTML as its standard has it, by html-validate.

import { HtmlValidate, StaticConfigLoader } from './libraries.mjs';

const validator = new HtmlValidate(
  new StaticConfigLoader({
    root: true,
    extends: ['html-validate:recommended'],
    // A filter is two fields named `_form`, whose order in the query pairs them.
    rules: { 'form-dup-name': 'off' },
  }),
);

export async function markup(html, findings) {
  const { results } = await validator.validateString(html);
  const lines = html.split('\n');
  const seen = new Map();
  for (const { ruleId, message, line, column } of results.flatMap((result) => result.messages)) {
    // What is wrong in one row of a table is wrong in all.
    seen.set(ruleId, (seen.get(ruleId) ?? 0) + 1);
    if (seen.get(ruleId) > 3) continue;
    const there = lines[line - 1]?.slice(Math.max(0, column - 40), column + 80) ?? '';
    findings.add('html', `${ruleId}: ${message}, at ${line}:${column}: …${there}…`);
  }
}
