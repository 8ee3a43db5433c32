// Whether a document is HTML as its standard has it, by html-validate.

import { HtmlValidate, StaticConfigLoader } from './libraries.mjs';

const validator = new HtmlValidate(new StaticConfigLoader({ root: true, extends: ['html-validate:recommended'] }));

export async function markup(html, findings) {
  const { results } = await validator.validateString(html);
  const lines = html.split('\n');
  for (const { ruleId, message, line, column } of results.flatMap((result) => result.messages)) {
    const there = lines[line - 1]?.slice(Math.max(0, column - 40), column + 80) ?? '';
    findings.add('html', `${ruleId}: ${message}, at ${line}:${column}: …${there}…`);
  }
}
