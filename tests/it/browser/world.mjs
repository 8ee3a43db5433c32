// Code of the tests in a page, where neither its Content-Security-Policy nor its scripts reach it.

/** An isolated world of the document that a page shows now. */
export async function enter(page) {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send('Page.getFrameTree');
  const { executionContextId: contextId } = await session.send('Page.createIsolatedWorld', {
    frameId: frameTree.frame.id,
    worldName: 'tests',
  });
  return new World(session, contextId);
}

class World {
  #session;
  #contextId;

  constructor(session, contextId) {
    this.#session = session;
    this.#contextId = contextId;
  }

  /** Runs a program text. */
  async run(expression) {
    const { result, exceptionDetails: thrown } = await this.#session.send('Runtime.evaluate', {
      expression,
      contextId: this.#contextId,
      awaitPromise: true,
      returnByValue: true,
      allowUnsafeEvalBlockedByCSP: true,
    });
    if (thrown) throw new Error(thrown.exception?.description ?? thrown.text);
    return result.value;
  }

  /** Calls a function that uses nothing but its argument and the page. */
  call(f, argument) {
    return this.run(`(${f})(${JSON.stringify(argument ?? null)})`);
  }

  leave() {
    return this.#session.detach();
  }
}
