// Takes pictures of pages for people: `node screenshots.mjs URL FOLDER PATH…` shows each path at two widths in both
// color schemes, and prints the names of the files as JSON.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { launch } from './libraries.mjs';

const WIDTHS = [360, 1280];
const [url, folder, ...paths] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const browser = await launch();
const files = [];
for (const colorScheme of ['light', 'dark']) {
  for (const width of WIDTHS) {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 844 }, deviceScaleFactor: 1 });
    const page = await context.newPage();
    for (const path of paths) {
      await page.goto(new URL(path, url).href);
      const name = path.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '') || 'root';
      const file = join(folder, `${name}-${width}-${colorScheme}.png`);
      await page.screenshot({ path: file, fullPage: true });
      files.push(file);
    }
    await context.close();
  }
}
await browser.close();
console.log(JSON.stringify({ files }));
