// What happens while a page is used: messages, requests, violations of its policy, and the documents it shows.

/** Messages that other checks report: failed requests by `request`, the policy by `policy`. */
const IS_STATUS = /^Failed to load resource/;
const IS_POLICY = /Content Security Policy/;

/**
 * Watches a page of a browser.
 *
 * Requests to another origin than `origin` are findings, and so are those that fail or are answered by a status of
 * 400 or more that the step does not expect. Whether the status of a document is right is for the caller to say.
 */
export async function watch(page, origin, findings) {
  const documents = [];
  const statuses = [];
  let expected;
  const running = new Set();
  const isDocument = (request) => request.isNavigationRequest() && request.frame() === page.mainFrame();
  const name = (request) => `${request.method()} ${request.url()}`;
  const isOwn = (url) => new URL(url).origin === origin;

  page.on('console', (message) => {
    const text = message.text();
    if (message.type() !== 'error' || IS_STATUS.test(text)) return;
    findings.add(IS_POLICY.test(text) ? 'policy' : 'console', text);
  });
  page.on('pageerror', (error) => findings.add('console', `uncaught: ${error.message}`));
  page.on('dialog', async (dialog) => {
    findings.add('dialog', `${dialog.type()}: ${dialog.message()}`);
    await dialog.dismiss();
  });
  page.on('popup', (popup) => findings.add('popup', popup.url()));
  page.on('request', (request) => {
    running.add(request);
    if (isDocument(request)) findings.at({ page: path(request.url()) });
    const { protocol } = new URL(request.url());
    if (['http:', 'https:', 'ws:', 'wss:'].includes(protocol) && !isOwn(request.url())) {
      findings.add('foreign', name(request));
    }
  });
  page.on('websocket', (socket) => findings.add('foreign', `a web socket: ${socket.url()}`));
  page.on('requestfinished', (request) => running.delete(request));
  page.on('requestfailed', (request) => {
    running.delete(request);
    // An abort is a download, or a request that the next page made useless.
    const { errorText } = request.failure();
    if (errorText !== 'net::ERR_ABORTED' && errorText !== 'csp' && isOwn(request.url())) {
      findings.add('request', `${name(request)}: ${errorText}`);
    }
  });
  page.on('response', (response) => {
    const request = response.request();
    const status = response.status();
    if (!isDocument(request)) {
      statuses.push(status);
      if (status >= 400 && status !== expected) findings.add('request', `${name(request)}: ${status}`);
    } else if (status < 300 || status >= 400) {
      documents.push(read(response));
    }
  });

  const session = await page.context().newCDPSession(page);
  session.on('Audits.issueAdded', ({ issue }) => {
    const violation = issue.details.contentSecurityPolicyIssueDetails;
    if (violation) {
      const blocked = violation.blockedURL ?? violation.contentSecurityPolicyViolationType;
      findings.add('policy', `${violation.violatedDirective}: ${blocked}`);
    }
  });
  await session.send('Audits.enable');

  return {
    /** Begins a step, which may lead to an answer of a status that else is a finding. */
    expect(status) {
      expected = status;
      statuses.length = 0;
    },
    /** Whether a script got an answer of the status of the step. */
    isMet() {
      return statuses.includes(expected);
    },
    /** The documents shown since this was called last. */
    async documents() {
      return Promise.all(documents.splice(0));
    },
    /** Waits until no request was under way for a moment, and the document is loaded. */
    async settle() {
      let quiet = Date.now();
      const end = quiet + 30_000;
      while (Date.now() - quiet < 60) {
        await page.waitForTimeout(15);
        if (running.size > 0) quiet = Date.now();
        if (Date.now() > end) {
          findings.add('request', `never ends: ${[...running].map(name).join(', ')}`);
          running.clear();
          return;
        }
      }
      await page.waitForLoadState('load', { timeout: 30_000 });
    },
  };
}

/** The path and query of a page of the server; the whole address of any other. */
export function path(url) {
  return URL.canParse(url) && url.startsWith('http') ? new URL(url).pathname + new URL(url).search : url;
}

async function read(response) {
  const request = response.request();
  const headers = await response.allHeaders();
  // A download has no body here.
  const body = await response.body().catch(() => Buffer.alloc(0));
  return {
    // A fragment is the visitor's: the same answer is shown without.
    url: response.url().split('#')[0],
    method: request.method(),
    status: response.status(),
    isHtml: (headers['content-type'] ?? '').startsWith('text/html'),
    headers,
    body,
  };
}
