// What stands in a document. The function runs in the page and can use nothing of this file.

export function contents() {
  const faults = [];
  const add = (check, what) => faults.push({ check, what });
  const tag = (element) => element.cloneNode(false).outerHTML.slice(0, 200);

  const headings = document.querySelectorAll('h1').length;
  if (headings !== 1) add('h1', `${headings} of them`);

  const fields = document.querySelectorAll(
    'input:not([type=hidden], [type=submit], [type=reset], [type=button], [type=image]), select, textarea',
  );
  for (const field of fields) {
    const labelling = (field.getAttribute('aria-labelledby') ?? '')
      .split(/\s+/)
      .map((id) => document.getElementById(id));
    const texts = [...(field.labels ?? []), ...labelling].map((label) => label?.textContent ?? '');
    texts.push(field.getAttribute('aria-label') ?? '');
    if (!texts.some((text) => text.trim())) add('label', tag(field));
  }

  // Hints such as `preconnect` lead elsewhere without a request that could be seen.
  const loading = document.querySelectorAll('link[href], [src], [srcset], [poster], object[data], form[action], [formaction]');
  for (const element of loading) {
    for (const name of ['href', 'src', 'poster', 'data', 'action', 'formaction']) {
      const value = element.getAttribute(name);
      if (value === null) continue;
      const url = new URL(value, document.baseURI);
      const loads = url.protocol === 'http:' || url.protocol === 'https:';
      if (loads && url.origin !== location.origin) add('foreign', tag(element));
    }
    if (/(^|[\s,])(https?:)?\/\//.test(element.getAttribute('srcset') ?? '')) add('foreign', tag(element));
  }
  return faults;
}
