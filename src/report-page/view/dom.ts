// Makes elements. Text always goes in as text nodes: nothing of the data is ever read as HTML.

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
