// The libraries of package.json, from the folder in which the tests install them.

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const built = fileURLToPath(new URL('../../../target/tmp/browser/', import.meta.url));
const require = createRequire(join(process.env.BROWSER_LIBRARIES ?? built, 'package.json'));

const { chromium } = require('playwright-core');
const { HtmlValidate, StaticConfigLoader } = require('html-validate');

export { HtmlValidate, StaticConfigLoader };

/** The program text of axe-core, to be run in a page. */
export const axeSource = require('axe-core').source;

/** Starts Chromium. It finds no host but this machine, so that no test depends on a network. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.TEST_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
    ],
  });
}
