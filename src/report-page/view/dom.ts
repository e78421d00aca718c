// Makes elements, and what several sections of the page are made of. Text always goes in as text nodes: nothing of the data is
// ever read as HTML.

/** What an element can be given: attributes, and listeners. */
export interface ElementOptions {
  /** Event listeners by event name. */
  readonly on?: Readonly<Record<string, (event: Event) => void>>;
  /** Attributes; `false` and `undefined` leave one out, `true` sets it empty. */
  readonly [attribute: string]: unknown;
}

/** What can stand in an element. */
export type Child = Node | string | number | undefined | false | readonly Child[];

/**
 * Makes an element.
 *
 * @example
 * ```ts
 * h('a', { href: '#answer', class: 'skip' }, 'Skip');
 * ```
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  options: ElementOptions = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === false) continue;
    if (name === 'on') {
      for (const [event, listener] of Object.entries(value as NonNullable<ElementOptions['on']>)) {
        element.addEventListener(event, listener);
      }
    } else element.setAttribute(name, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

/** Appends children, lists flattened, what is missing left out. */
function append(parent: Node, children: readonly Child[]): void {
  for (const child of children) {
    if (child === undefined || child === false) continue;
    if (typeof child === 'string' || typeof child === 'number')
      parent.appendChild(document.createTextNode(String(child)));
    else if (child instanceof Node) parent.appendChild(child);
    else append(parent, child);
  }
}

/** Replaces everything in an element. */
export function fill(parent: Element, ...children: readonly Child[]): void {
  parent.replaceChildren();
  append(parent, children);
}

/** A section of the page, named by its title. */
export function buildSection(id: string, title: string, ...children: readonly Child[]): HTMLElement {
  return h('section', { id, 'aria-labelledby': `${id}-title` }, h('h2', { id: `${id}-title` }, title), children);
}

/** A box for what may be wider than the page, such as a table; the keyboard reaches it, and `label` names it. */
export function buildScrollBox(label: string, ...children: readonly Child[]): HTMLElement {
  return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': label }, children);
}

/** The head of a table. */
export function buildTableHead(
  titles: readonly string[],
  classOf: (column: number) => string | false,
): HTMLTableSectionElement {
  return h(
    'thead',
    {},
    h(
      'tr',
      {},
      titles.map((title, i) => h('th', { scope: 'col', class: classOf(i) }, title)),
    ),
  );
}

/** One of several radio buttons. */
interface RadioChoice {
  readonly value: string;
  readonly label: string;
  /** Language of the label, where it is not the page's. */
  readonly lang?: string;
}

/** Radio buttons, of which one is chosen. */
export function buildRadios(options: {
  readonly name: string;
  readonly class: string;
  readonly legend: string;
  readonly choices: readonly RadioChoice[];
  readonly chosen: string;
  readonly onChange: (value: string) => void;
}): HTMLElement {
  const { name, legend, choices, chosen, onChange } = options;
  return h(
    'fieldset',
    { class: options.class },
    h('legend', {}, legend),
    choices.map(({ value, label, lang }) =>
      h(
        'label',
        { lang },
        h('input', { type: 'radio', name, value, checked: value === chosen, on: { change: () => onChange(value) } }),
        h('span', {}, label),
      ),
    ),
  );
}

/** Runs a task once, when an element comes within `margin` of what is seen; what is returned calls it off. */
export function onceNear(element: Element, margin: string, task: () => void): () => void {
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      task();
    },
    { rootMargin: margin },
  );
  observer.observe(element);
  return () => observer.disconnect();
}

/** Gives a field the value that it had before the page was drawn anew, and keeps every later one, by its id. */
export function rememberField(
  controls: Map<string, string>,
  field: HTMLInputElement | HTMLSelectElement,
  onChange: () => void,
): void {
  const box = field instanceof HTMLInputElement && field.type === 'checkbox' ? field : undefined;
  const value = controls.get(field.id);
  if (value !== undefined) {
    if (box !== undefined) box.checked = value === '1';
    else field.value = value;
  }
  field.addEventListener('input', () => {
    controls.set(field.id, box === undefined ? field.value : box.checked ? '1' : '0');
    onChange();
  });
}
