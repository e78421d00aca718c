// The search form over the vocabularies in the page. A vocabulary is opened when the form comes near.
import { messageOf } from '../../errors.ts';
import { csvUrl, tableToCsv } from '../view/csv.ts';
import { buildScrollBox, buildTableHead, fill, h, onceNear, rememberField } from '../view/dom.ts';
import type { PageContext } from '../view/page-context.ts';
import { showPiece } from '../view/piece-text.ts';
import {
  type FoundPiece,
  listPieces,
  listScripts,
  type PieceKind,
  type PieceQuery,
  searchPieces,
} from './vocabulary-search.ts';

/** Rows that are drawn at once. */
const PAGE_ROWS = 100;

/** Builds the search. */
export function buildVocabularySearch(context: PageContext): HTMLElement {
  const { texts, tokenizers, embedded, data, state, amount, leading } = context;
  const t = texts.vocabulary;
  const usable = tokenizers.filter(({ name }) => embedded.has(name));
  const block = h('div', { class: 'block', id: 'search' }, h('h3', {}, t.search));
  if (usable.length === 0) {
    block.append(h('p', { class: 'note' }, texts.tokensSection.noVocabularies));
    return block;
  }
  const remember = <E extends HTMLInputElement | HTMLSelectElement>(input: E): E => {
    rememberField(state.controls, input, () => void search());
    return input;
  };
  const initial = usable.find(({ index }) => index === leading + 1) ?? usable.at(-1)!;
  const tokenizer = remember(
    h(
      'select',
      { id: 'search-tokenizer' },
      usable.map(({ name, index }) => h('option', { value: index, selected: index === initial.index }, name)),
    ),
  );
  const query = remember(h('input', { id: 'search-text', type: 'search', autocomplete: 'off', spellcheck: 'false' }));
  const script = h('select', { id: 'search-script' }, h('option', { value: '' }, t.anyScript));
  script.addEventListener('input', () => {
    state.controls.set('search-script', script.value);
    void search();
  });
  const from = remember(h('input', { id: 'search-from', type: 'number', min: 0, max: 999, inputmode: 'numeric' }));
  const to = remember(h('input', { id: 'search-to', type: 'number', min: 0, max: 999, inputmode: 'numeric' }));
  const kinds = ['all', 'fresh', 'dead', 'broken', 'byte', 'special'] as const;
  const kind = remember(
    h(
      'select',
      { id: 'search-kind' },
      kinds.map((one) =>
        h('option', { value: one, selected: one === (initial.extendsFirst ? 'fresh' : 'all') }, t.kinds[one]),
      ),
    ),
  );
  const status = h('p', { class: 'note', role: 'status', id: 'search-status' });
  const body = h('tbody', {});
  const more = h('button', { type: 'button', class: 'more' });
  const searchAll = h('button', { type: 'button', id: 'search-all' }, t.searchAll);
  const link = h('a', { class: 'csv', download: 'pieces.csv' }, texts.csv);
  const titles = [t.id, t.piece, t.script, t.length, t.score, t.remarks];
  const classes = ['number', false, false, 'number', 'number score', false] as const;
  const head = buildTableHead(titles, (i) => classes[i]!);
  const results = buildScrollBox(t.search, h('table', { class: 'pieces' }, head, body));
  const actions = h('p', { class: 'actions' }, more, link);
  results.hidden = true;
  actions.hidden = true;
  searchAll.hidden = true;
  searchAll.addEventListener('click', () => {
    for (const input of [kind, script, from, to]) input.value = input === kind ? 'all' : '';
    for (const input of [kind, script, from, to]) state.controls.set(input.id, input.value);
    void search();
  });

  const lists = new Map<number, Promise<FoundPiece[]>>();
  const listOf = (index: number): Promise<FoundPiece[]> => {
    let list = lists.get(index);
    if (list === undefined) {
      const { name, firstNewId } = tokenizers[index]!;
      const marks = data.marks?.find((one) => one.tokenizer === name);
      list = embedded.open(name).then((open) => listPieces(open, firstNewId, marks));
      lists.set(index, list);
    }
    return list;
  };
  let scriptsOf = -1;
  let shown = 0;
  let found: readonly FoundPiece[] = [];

  const showMore = (): void => {
    const next = found.slice(shown, shown + PAGE_ROWS);
    body.append(...next.map((piece) => buildRow(context, piece)));
    shown += next.length;
    const left = Math.min(PAGE_ROWS, found.length - shown);
    more.hidden = left <= 0;
    more.textContent = t.more(left);
  };
  more.addEventListener('click', showMore);
  link.addEventListener('click', () => {
    // Made on demand: a list of 50,000 pieces is nothing to have in an attribute all the time.
    link.href = csvUrl(tableToCsv(csvTable(context, found)));
  });
  link.href = csvUrl('');

  const search = async (): Promise<void> => {
    const index = Number(tokenizer.value);
    if (!lists.has(index)) status.textContent = texts.tokensSection.loading;
    let pieces: FoundPiece[];
    try {
      pieces = await listOf(index);
    } catch (error) {
      status.textContent = texts.tokensSection.failed(tokenizers[index]!.name, messageOf(error));
      return;
    }
    if (Number(tokenizer.value) !== index) return;
    if (scriptsOf !== index) {
      const wanted = state.controls.get('search-script') ?? '';
      fill(
        script,
        h('option', { value: '' }, t.anyScript),
        listScripts(pieces).map((name) => h('option', { value: name, selected: name === wanted }, name)),
      );
      scriptsOf = index;
    }
    const others: PieceQuery = {
      ...(script.value !== '' && { script: script.value }),
      ...(Number.isFinite(from.valueAsNumber) && { minLength: from.valueAsNumber }),
      ...(Number.isFinite(to.valueAsNumber) && { maxLength: to.valueAsNumber }),
      ...(kind.value !== 'all' && { kind: kind.value as PieceKind }),
    };
    found = searchPieces(pieces, { ...others, text: query.value });
    // An example that finds something among what is chosen.
    const candidates = searchPieces(pieces, others);
    const example = candidates.find(({ length }) => length > 1) ?? candidates[0];
    query.placeholder = example === undefined ? '' : t.queryHint(showPiece(example.piece), example.id);
    const elsewhere = found.length > 0 ? 0 : searchPieces(pieces, { text: query.value }).length;
    searchAll.hidden = elsewhere === 0;
    const isAudited = data.marks?.some((one) => one.tokenizer === tokenizers[index]!.name) ?? false;
    const asksForMarks = kind.value === 'dead' || kind.value === 'broken';
    status.textContent = [
      t.found(found.length, pieces.length),
      ...(elsewhere > 0 ? [t.elsewhere(elsewhere)] : []),
      ...(asksForMarks && !isAudited ? [t.unaudited] : []),
    ].join(' · ');
    status.dataset.found = amount(found.length);
    results.hidden = false;
    actions.hidden = false;
    shown = 0;
    body.replaceChildren();
    // Only Unigram and SentencePiece vocabularies have scores.
    results.classList.toggle('unscored', !pieces.some(({ score }) => score !== undefined));
    showMore();
  };

  const field = (title: string, input: HTMLElement, name?: string) =>
    h('label', { class: name }, h('span', {}, title), input);
  block.append(
    h(
      'form',
      { class: 'search-form', role: 'search', on: { submit: (event) => event.preventDefault() } },
      ...(usable.length > 1 ? [field(t.tokenizer, tokenizer, 'tokenizer')] : []),
      field(t.query, query, 'wide'),
      field(t.script, script),
      field(t.from, from, 'short'),
      field(t.to, to, 'short'),
      field(t.kind, kind),
    ),
    status,
    searchAll,
    results,
    actions,
  );
  context.onDispose(onceNear(block, '200px', () => void search()));
  return block;
}

function remarksOf({ texts }: PageContext, { kinds, encodesTo }: FoundPiece): string {
  const t = texts.vocabulary;
  const words = kinds.map((kind) => t[kind]);
  if (encodesTo !== undefined) words.push(t.becomes(encodesTo.map(showPiece).join(' ')));
  return words.join(', ');
}

function buildRow(context: PageContext, piece: FoundPiece): HTMLElement {
  const { kinds } = piece;
  return h(
    'tr',
    { class: kinds.includes('dead') || kinds.includes('broken') ? 'bad' : undefined },
    h('th', { scope: 'row', class: 'number' }, piece.id),
    h('td', { class: 'piece' }, showPiece(piece.piece)),
    h('td', {}, piece.script),
    h('td', { class: 'number' }, piece.length),
    h('td', { class: 'number score' }, piece.score === undefined ? '' : Number(piece.score.toFixed(4))),
    h('td', {}, remarksOf(context, piece)),
  );
}

function csvTable(context: PageContext, found: readonly FoundPiece[]) {
  const t = context.texts.vocabulary;
  return {
    columns: [t.id, t.piece, t.script, t.length, t.score, t.remarks].map((title) => ({ title })),
    rows: found.map((piece) => [
      piece.id,
      piece.piece,
      piece.script,
      piece.length,
      piece.score ?? null,
      remarksOf(context, piece),
    ]),
  };
}
