// Whether the focus of the keyboard is seen wherever it can go. The function runs in the page and can use nothing of
// this file.

export function focus() {
  const faults = [];
  const tag = (element) => `${element.cloneNode(false).outerHTML.slice(0, 200)} ${element.textContent.trim().slice(0, 40)}`;
  const candidates = document.querySelectorAll(
    'a[href], area[href], button, input:not([type=hidden]), select, textarea, summary, iframe, [tabindex], [contenteditable]',
  );
  const focusable = [...candidates].filter(
    (element) => element.tabIndex >= 0 && !element.disabled && element.checkVisibility({ visibilityProperty: true }),
  );

  // What may show the focus of an element: itself, its label, and the box around it.
  const shown = (element) => [element, ...(element.labels ?? []), element.parentElement].filter(Boolean);
  const properties = [
    'outlineStyle', 'outlineWidth', 'outlineColor', 'boxShadow', 'backgroundColor', 'color', 'textDecorationLine',
    'textDecorationThickness', 'borderTopColor', 'borderBottomColor', 'borderTopWidth', 'borderBottomWidth',
  ];
  const looks = (element) => {
    const style = getComputedStyle(element);
    const look = Object.fromEntries(properties.map((property) => [property, style[property]]));
    // Only an outline that is drawn has a look.
    if (look.outlineStyle === 'none' || look.outlineWidth === '0px') {
      look.outlineStyle = 'none';
      look.outlineWidth = look.outlineColor = '';
    }
    return look;
  };

  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const channels = (color, below) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const layer of [below, color]) {
      canvas.fillStyle = layer;
      canvas.fillRect(0, 0, 1, 1);
    }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const background = (element) => {
    const layers = [];
    for (let box = element; box; box = box.parentElement) layers.unshift(getComputedStyle(box).backgroundColor);
    const dark = getComputedStyle(document.documentElement).colorScheme.includes('dark') && matchMedia('(prefers-color-scheme: dark)').matches;
    return layers.reduce((below, color) => `rgb(${channels(color, below)})`, dark ? 'rgb(18, 18, 18)' : 'rgb(255, 255, 255)');
  };
  const luminance = (rgb) => {
    const [red, green, blue] = rgb.map((channel) => {
      const part = channel / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (color, below) => {
    const [one, other] = [channels(color, below), channels(below, below)].map(luminance);
    return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  };

  const settle = () => {
    for (const animation of document.getAnimations()) if (animation instanceof CSSTransition) animation.finish();
  };
  for (const element of focusable) {
    document.activeElement?.blur();
    settle();
    const before = shown(element).map(looks);
    element.focus();
    settle();
    if (document.activeElement !== element) {
      faults.push(`cannot have the focus: ${tag(element)}`);
      continue;
    }
    const after = shown(element).map(looks);
    const changes = shown(element).flatMap((box, n) =>
      properties.filter((property) => before[n][property] !== after[n][property]).map((property) => ({ box, property })),
    );
    if (changes.length === 0) {
      faults.push(`is not seen: ${tag(element)}`);
      continue;
    }
    // The browser's own outline, `auto`, has two colors, one of which is always seen.
    const { outlineStyle, outlineColor, outlineOffset } = getComputedStyle(element);
    const isOutlineOnly = changes.every(({ box, property }) => box === element && property.startsWith('outline'));
    if (isOutlineOnly && outlineStyle !== 'auto') {
      const around = parseFloat(outlineOffset) < 0 ? element : (element.parentElement ?? element);
      const ratio = contrast(outlineColor, background(around));
      if (ratio < 3) faults.push(`its outline has a contrast of ${ratio.toFixed(2)}, not 3: ${tag(element)}`);
    }
    const isInPage = changes.some(({ box }) => {
      const { left, right, top, bottom, width, height } = box.getBoundingClientRect();
      return width > 1 && height > 1 && right > 0 && left < innerWidth && bottom > 0 && top < innerHeight;
    });
    if (!isInPage) faults.push(`is outside the window: ${tag(element)}`);
  }
  document.activeElement?.blur();
  // The focus has scrolled what it went to into view.
  scrollTo(0, 0);
  for (const element of document.querySelectorAll('*')) element.scrollTo(0, 0);
  return faults.length > 5 ? [...faults.slice(0, 5), `and ${faults.length - 5} more`] : faults;
}
