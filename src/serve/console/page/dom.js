/** Makes and fills elements. Texts go in as text, never as markup: names and details come from elsewhere. */

/** @param {string} id */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`no element ${id}`);
  return element;
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Touches the page only when it changes: a selection stays, and readers are not woken. @param {Element} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @type {WeakMap<Element, string>} */
const shown = new WeakMap();

/**
 * Fills an element anew when what it is made from has changed.
 *
 * @param {Element} element
 * @param {unknown} data
 * @param {() => (Node | string)[]} make
 */
export function fillFrom(element, data, make) {
  const key = JSON.stringify(data);
  if (shown.get(element) === key) return;
  shown.set(element, key);
  element.replaceChildren(...make());
}

/**
 * A table that scrolls by itself where it is too wide, by keyboard too.
 *
 * @param {string} label
 * @param {readonly string[]} head a name that begins with `#` is one of numbers
 */
export function dataTable(label, head) {
  const body = el('tbody');
  const cells = head.map((name) =>
    el('th', { scope: 'col', ...(name.startsWith('#') ? { class: 'number' } : {}) }, name.replace('#', '')),
  );
  const table = el('table', {}, el('thead', {}, el('tr', {}, ...cells)), body);
  const root = el('div', { class: 'scroll', role: 'region', 'aria-label': label, tabindex: '0' }, table);
  /** @param {readonly (readonly string[])[]} rows */
  const show = (rows) =>
    fillFrom(body, rows, () =>
      rows.map((row) =>
        el(
          'tr',
          {},
          ...row.map((text, i) => el('td', head[i]?.startsWith('#') ? { class: 'number' } : {}, text)),
        ),
      ),
    );
  return { root, show };
}

/**
 * Pairs of a name and a value.
 *
 * @param {Element} list a dl
 * @param {readonly { name: string, value: string, look?: string, large?: boolean }[]} facts
 */
export function showFacts(list, facts) {
  fillFrom(list, facts, () =>
    facts.map(({ name, value, look = '', large = false }) =>
      el(
        'div',
        large ? { class: 'large' } : {},
        el('dt', {}, name),
        el('dd', look === '' ? {} : { class: look }, value),
      ),
    ),
  );
}
