// What is wrong with a page, and where it was seen.

export class Findings {
  #seen = new Map();
  #place = {};

  /** Says where what is reported from now on is seen: the step, the page, whether scripts run. */
  at(place) {
    this.#place = { ...this.#place, ...place };
  }

  /** Adds a finding. The same one in another view of the page adds the view. */
  add(check, what, view) {
    const finding = { ...this.#place, check, what };
    const key = JSON.stringify(finding);
    const views = this.#seen.get(key)?.views ?? [];
    this.#seen.set(key, { ...finding, views: view && !views.includes(view) ? [...views, view] : views });
  }

  list() {
    return [...this.#seen.values()];
  }
}
