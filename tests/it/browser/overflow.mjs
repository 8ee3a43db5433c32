// Whether a page is wider than its window, or cut off by it. The function runs in the page and can use nothing of this file.

export function overflow() {
  const viewport = document.querySelector('meta[name=viewport]')?.content ?? '';
  const faults = [];
  if (!/width\s*=\s*device-width/.test(viewport)) {
    faults.push('no <meta name="viewport" content="width=device-width">: a phone shows the page as for a wide window');
  }
  const root = document.documentElement;
  const tag = (element) => element.cloneNode(false).outerHTML.slice(0, 200);
  // What is inside a box that scrolls or folds its own content is no wider than the box.
  const isInside = (element) => {
    for (let box = element.parentElement; box && box !== document.body && box !== root; box = box.parentElement) {
      if (getComputedStyle(box).overflowX !== 'visible') return true;
    }
    return false;
  };
  const wide = [...document.body.querySelectorAll('*')].filter((element) => {
    const { right, width, height } = element.getBoundingClientRect();
    return right > root.clientWidth + 1 && width > 1 && height > 1 && !isInside(element);
  });
  for (const element of wide.filter((element) => !wide.includes(element.parentElement)).slice(0, 5)) {
    faults.push(`reaches ${Math.round(element.getBoundingClientRect().right)} px: ${tag(element)}`);
  }
  const scrolls = Math.max(root.scrollWidth, document.body.scrollWidth) > root.clientWidth;
  if (scrolls && wide.length === 0) faults.push(`the page is ${root.scrollWidth} px wide`);
  return faults;
}
