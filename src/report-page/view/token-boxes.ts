// Tokens as boxes. What a box looks like says what the token is: as in the base, different, new, a byte, unknown; two tints
// take turns so that neighbours can be told apart. One box of a list is in the tab order, arrow keys move among them.
import { SPACE_SYMBOL } from '../../core/model.ts';
import { TOKEN_KIND } from '../../report/counters/token-counter.ts';
import type { PassageTokens } from '../../report/page/page-data.ts';
import { h } from './dom.ts';
import type { PageContext, ShownTokenizer } from './page-context.ts';
import { showBytes, showPiece } from './piece-text.ts';

/** Boxes that are drawn of a text. */
const MAX_BOXES = 600;

/** Builds the boxes of a passage. `differs` has an entry for each token. */
export function buildTokenBoxes(
  context: PageContext,
  tokenizer: ShownTokenizer,
  tokens: PassageTokens,
  differs: readonly boolean[],
): HTMLElement {
  const { texts } = context;
  const t = texts.tokensSection;
  const boxes: HTMLElement[] = [];
  const shown = Math.min(tokens.ids.length, MAX_BOXES);
  for (let i = 0; i < shown; i++) {
    const id = tokens.ids[i]!;
    const kind = tokens.kinds[i]!;
    const isNew = id >= tokenizer.firstNewId && kind === TOKEN_KIND.ordinary;
    const what =
      kind === TOKEN_KIND.byte
        ? t.detail.byte
        : kind === TOKEN_KIND.unknown
          ? t.detail.unknown
          : isNew
            ? t.detail.fresh
            : differs[i]
              ? t.detail.differs
              : t.detail.same;
    const text = spell(tokens, i);
    const classes = [
      'token',
      i % 2 === 1 && 'odd',
      kind === TOKEN_KIND.byte && 'byte',
      kind === TOKEN_KIND.unknown && 'unknown',
      isNew && 'fresh',
      differs[i] && tokenizer.index > 0 && 'differs',
    ];
    boxes.push(
      h(
        'li',
        {},
        h(
          'span',
          {
            class: classes.filter(Boolean).join(' '),
            tabindex: i === 0 ? 0 : -1,
            role: 'img',
            'aria-label': `${text}, ${t.id(id)}, ${what}`,
            'data-id': id,
            'data-tip': `${showPiece(tokens.pieces[i]!)} · ${t.id(id)} · ${what}`,
          },
          text,
        ),
      ),
    );
  }
  const list = h(
    'ol',
    { class: 'tokens', 'aria-label': t.tokensOf(tokenizer.name), on: { keydown: moveFocus } },
    boxes,
  );
  list.style.setProperty('--own', tokenizer.color);
  if (shown === tokens.ids.length) return list;
  return h('div', {}, list, h('p', { class: 'note' }, t.shown(shown, tokens.ids.length)));
}

/** What stands in a box: the characters, spaces made visible; bytes as two digits each. */
function spell({ pieces, kinds, surfaces }: PassageTokens, i: number): string {
  const piece = pieces[i]!;
  const bytes = kinds[i] === TOKEN_KIND.byte ? showBytes(piece) : [];
  if (bytes.length > 0) return bytes.join(' ');
  const text = (surfaces?.[i] ?? piece).replaceAll(SPACE_SYMBOL, ' ');
  return showPiece(text).replaceAll(' ', '·') || '∅';
}

function moveFocus(event: Event): void {
  const { key, target, currentTarget } = event as KeyboardEvent;
  const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
  const boxes = [...(currentTarget as HTMLElement).querySelectorAll<HTMLElement>('.token')];
  const at = boxes.indexOf(target as HTMLElement);
  const next = key === 'Home' ? boxes[0] : key === 'End' ? boxes.at(-1) : step === 0 ? undefined : boxes[at + step];
  if (at < 0 || next === undefined) return;
  event.preventDefault();
  boxes[at]!.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

/** One little window for all tokens, shown at whatever is pointed at or has the focus; Escape closes it. */
export function installTokenTip(context: PageContext, root: HTMLElement): void {
  const tip = h('div', { class: 'token-tip', 'aria-hidden': 'true' });
  tip.hidden = true;
  root.append(tip);
  const show = (event: Event): void => {
    const token = (event.target as Element).closest?.<HTMLElement>('[data-tip]');
    if (!token) {
      tip.hidden = true;
      return;
    }
    tip.textContent = token.dataset.tip ?? '';
    tip.hidden = false;
    const box = token.getBoundingClientRect();
    const width = tip.offsetWidth;
    const left = Math.min(
      Math.max(8, box.left + box.width / 2 - width / 2),
      document.documentElement.clientWidth - width - 8,
    );
    const above = box.top - tip.offsetHeight - 6;
    tip.style.left = `${left}px`;
    tip.style.top = `${above > 0 ? above : box.bottom + 6}px`;
  };
  const hide = (): void => {
    tip.hidden = true;
  };
  const onKey = (event: Event): void => {
    if ((event as KeyboardEvent).key === 'Escape') hide();
  };
  const listeners: [string, (event: Event) => void][] = [
    ['pointerover', show],
    ['focusin', show],
    ['focusout', hide],
    ['keydown', onKey],
  ];
  for (const [event, listener] of listeners) root.addEventListener(event, listener);
  window.addEventListener('scroll', hide, { passive: true });
  context.onDispose(() => {
    for (const [event, listener] of listeners) root.removeEventListener(event, listener);
    window.removeEventListener('scroll', hide);
  });
}
