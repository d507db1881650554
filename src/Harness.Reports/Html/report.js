'use strict';
(() => {
const $ = id => document.getElementById(id);
const el = (tag, cls, text) => { const e = document.createElement(tag); if (cls) e.className = cls; if (text != null) e.textContent = text; return e; };
const SVG = 'http://www.w3.org/2000/svg';
const symbol = name => {
  const s = document.createElementNS(SVG, 'svg'), u = document.createElementNS(SVG, 'use');
  s.setAttribute('class', 'symbol'); s.setAttribute('aria-hidden', 'true'); u.setAttribute('href', '#s-' + name); s.append(u);
  return s;
};

// The data: a number for everything, see ListSection.
const data = JSON.parse($('data').textContent);
const ids = data.ids ? data.ids.split(' ') : [];
const total = data.hosts.reduce((n, h) => n + h.c.length, 0);
const hostOf = new Uint16Array(total), atHost = new Uint32Array(total);
{
  let n = 0;
  data.hosts.forEach((h, i) => h.c.forEach((_, k) => { hostOf[n] = i; atHost[n++] = k; }));
}
const columns = Object.fromEntries(['c', 'v', 'o', 'r', 'w'].map(name => {
  const all = new Uint32Array(total);
  let n = 0;
  for (const h of data.hosts) for (const value of h[name]) all[n++] = value;
  return [name, all];
}));

const lower = texts => texts.map(t => t.toLowerCase());
const searched = {
  c: ids.map((id, i) => (id + ' ' + data.titles[i]).toLowerCase()), v: lower(data.verdicts), o: lower(data.outcomes), r: lower(data.rules), w: lower(data.reasons),
};
const hostNames = data.hosts.map(h => (h.name + ' ' + h.kernel).toLowerCase());

// A word is looked up once in each table of texts; then a result matches if one of its numbers does.
const having = word => {
  const has = {};
  for (const name in searched) has[name] = Uint8Array.from(searched[name], t => t.includes(word) ? 1 : 0);
  has.h = Uint8Array.from(hostNames, t => t.includes(word) ? 1 : 0);
  return has;
};

const fields = ['verdict', 'host', 'class', 'access', 'rule'];
const state = { q: '', verdict: '', host: '', class: '', access: '', rule: '', at: '' };
let found = new Uint32Array(0), selected = -1;
// Firefox draws nothing beyond some 17 million pixels.
const MOST = 300000, ROW = 52;

const rows = $('rows'), one = $('one');
const spacer = el('div');
spacer.setAttribute('role', 'presentation');
rows.append(spacer);

function filter() {
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean).map(having);
  const verdict = data.verdicts.indexOf(state.verdict), host = data.hosts.findIndex(h => h.name === state.host);
  const cls = data.classes.indexOf(state.class), rule = data.rules.indexOf(state.rule);
  const access = data.accesses.map(a => a.split(',').includes(state.access));
  const { c, v, o, r, w } = columns;
  const out = new Uint32Array(total);
  let n = 0;
  next: for (let i = 0; i < total; i++) {
    if (state.verdict && v[i] !== verdict || state.host && hostOf[i] !== host || state.class && data.classOf[c[i]] !== cls
      || state.rule && r[i] !== rule || state.access && !access[data.accessOf[c[i]]]) continue;
    for (const has of words)
      if (!(has.c[c[i]] || has.o[o[i]] || has.r[r[i]] || has.v[v[i]] || has.w[w[i]] || has.h[hostOf[i]])) continue next;
    out[n++] = i;
  }
  found = out.subarray(0, n);
  selected = -1;
  $('count').textContent = n === total ? `${many(n)} results` : `${many(n)} of ${many(total)} results` + (n > MOST ? `; the first ${many(MOST)} are shown` : '');
  spacer.style.height = Math.min(n, MOST) * ROW + 'px';
  rows.scrollTop = 0;
  show();
  if (!state.at) one.replaceChildren();
}
const many = n => String(n).replace(/\B(?=(\d{3})+$)/g, '\u2009');

// Only the visible rows are in the page, with some rows before and after.
const drawn = new Map();
function show() {
  const first = Math.max(0, Math.floor(rows.scrollTop / ROW) - 10);
  const last = Math.min(Math.min(found.length, MOST), Math.ceil((rows.scrollTop + rows.clientHeight) / ROW) + 10);
  for (const [k, row] of drawn) if (k < first || k >= last || row.result !== found[k]) { row.remove(); drawn.delete(k); }
  for (let k = first; k < last; k++) {
    let row = drawn.get(k);
    if (!row) drawn.set(k, row = draw(k));
    if (row.parentNode !== rows) rows.append(row);
    row.setAttribute('aria-selected', k === selected);
  }
  if (selected >= 0) rows.setAttribute('aria-activedescendant', 'row-' + selected); else rows.removeAttribute('aria-activedescendant');
}
function draw(k) {
  const i = found[k], c = columns.c[i], verdict = data.verdicts[columns.v[i]];
  const row = el('div', 'row');
  row.result = i;
  row.id = 'row-' + k;
  row.setAttribute('role', 'option');
  row.setAttribute('aria-label', `${verdict}: ${data.titles[c]} on ${data.hosts[hostOf[i]].name}: ${data.outcomes[columns.o[i]] || data.reasons[columns.w[i]] || 'nothing observed'}`);
  row.setAttribute('aria-setsize', found.length);
  row.setAttribute('aria-posinset', k + 1);
  row.style.top = k * ROW + 'px';
  const mark = el('span', tone(i));
  mark.append(symbol(verdict));
  row.append(mark, el('code', '', ids[c]), el('span', 'title', data.titles[c]), el('span', 'host-of', data.hosts[hostOf[i]].name));
  const did = el('span', 'did');
  did.append(el('span', tone(i), verdict), ' ' + (data.outcomes[columns.o[i]] || data.reasons[columns.w[i]]));
  row.append(did);
  return row;
}
const tone = i => data.tones[columns.v[i]];

function select(k, keep) {
  if (!found.length) return;
  selected = Math.max(0, Math.min(k, Math.min(found.length, MOST) - 1));
  const top = selected * ROW;
  if (top < rows.scrollTop) rows.scrollTop = top;
  else if (top + ROW > rows.scrollTop + rows.clientHeight) rows.scrollTop = top + ROW - rows.clientHeight;
  show();
  detail(found[selected]);
  state.at = ids[columns.c[found[selected]]] + ' ' + data.hosts[hostOf[found[selected]]].name;
  if (!keep) remember();
}

const moveAgain = (id, from, to) => `scripts/harness migrate ${id} --from ${from} --to ${to}`;

// A list of terms with their values; terms without a value are omitted.
function factList() {
  const facts = el('dl', 'facts');
  const fact = (term, value, code) => {
    if (!value) return;
    const div = el('div'), dd = el('dd');
    dd.append(code ? el('code', '', value) : value);
    div.append(el('dt', '', term), dd);
    facts.append(div);
  };
  return { facts, fact };
}

function detail(i) {
  const c = columns.c[i], h = data.hosts[hostOf[i]], verdict = data.verdicts[columns.v[i]], rule = data.rules[columns.r[i]];
  const key = ids[c] + ' ' + h.name, more = data.more[key], says = data.says[h.policy]?.[rule];
  const head = el('h3', 'verdict ' + tone(i));
  head.append(symbol(verdict), verdict, ' ', el('code', '', ids[c]));
  const { facts, fact } = factList();
  fact('case', data.titles[c], true);
  fact('host', h.name + (h.kernel ? ', ' + h.kernel : ''));
  fact('observed', data.outcomes[columns.o[i]]);
  fact('predicted', more?.[0]);
  fact('reason', data.reasons[columns.w[i]] || more?.[2]);
  fact('rule', rule, true);
  fact('it says', says?.[0]);
  fact('its source', says?.[1]);
  fact('descriptor', more?.[1], true);
  fact('strongest evidence', data.levels[h.e[atHost[i]]]);
  fact('run it again', (h.from ? moveAgain(ids[c], h.from, h.to) : `scripts/harness run --target ${h.name} --filter id=${ids[c]}`) + (data.policy ? ` --policy ${data.policy}` : ''), true);
  if (!h.from) fact('as one C file', `scripts/harness repro ${ids[c]} --c` + (h.policy ? ` --policy ${h.policy}` : '') + ' --output repro.c', true);
  one.replaceChildren(head);
  if (data.full[key]) {
    const link = el('a', '', 'Everything about it');
    link.href = '#' + data.full[key];
    const p = el('p');
    p.append(link);
    one.append(p);
  }
  one.append(facts);
  one.scrollTop = 0;
}

// The query is in the address, so that it can be shared.
function remember() {
  const p = new URLSearchParams();
  for (const name in state) if (state[name]) p.set(name, state[name]);
  const hash = p.toString();
  history.replaceState(null, '', hash ? '#' + hash : '#list');
}
function recall(scroll) {
  const hash = location.hash.slice(1);
  if (!hash.includes('=')) {
    const target = hash && document.getElementById(hash);
    for (let d = target; d; d = d.parentElement) if (d.tagName === 'DETAILS') d.open = true;
    if (target && target.tagName === 'DETAILS') target.scrollIntoView();
    return;
  }
  const p = new URLSearchParams(location.hash.slice(1));
  for (const name in state) state[name] = p.get(name) ?? '';
  $('q').value = state.q;
  for (const name of fields) $('f-' + name).value = state[name];
  const at = state.at;
  filter();
  if (at) {
    const k = found.findIndex(i => ids[columns.c[i]] + ' ' + data.hosts[hostOf[i]].name === at);
    if (k >= 0) select(k, true);
  }
  if (scroll) $('list').scrollIntoView();
}
function ask(changes) {
  Object.assign(state, { at: '' }, changes);
  $('q').value = state.q;
  for (const name of fields) $('f-' + name).value = state[name];
  filter();
  remember();
}

for (const id of ['filters', 'browser', 'keys']) $(id).hidden = false;
$('q').oninput = () => ask({ q: $('q').value });
for (const name of fields) $('f-' + name).onchange = e => ask({ [name]: e.target.value });
$('clear').onclick = () => ask({ q: '', verdict: '', host: '', class: '', access: '', rule: '' });
$('filters').onsubmit = e => e.preventDefault();
rows.addEventListener('scroll', () => show(), { passive: true });
new ResizeObserver(() => show()).observe(rows);
rows.onclick = e => { const row = e.target.closest('.row'); if (row) { rows.focus(); select(+row.id.slice(4)); } };

function open() {
  if (selected < 0) return select(0);
  const i = found[selected], full = data.full[ids[columns.c[i]] + ' ' + data.hosts[hostOf[i]].name];
  if (full) location.hash = full;
  else one.focus();
}
document.addEventListener('keydown', e => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName) && e.target.type !== 'checkbox';
  if (e.key === '/' && !typing) { e.preventDefault(); $('q').focus(); $('q').select(); $('list').scrollIntoView(); return; }
  if (e.key === 'Escape') {
    if (e.target === $('q') && state.q) ask({ q: '' });
    else if (one.contains(e.target) || e.target === $('q')) rows.focus();
    else if (location.hash && !location.hash.includes('=') && selected >= 0) { rows.focus(); rows.scrollIntoView({ block: 'nearest' }); remember(); }
    return;
  }
  if (e.target === $('q') && (e.key === 'ArrowDown' || e.key === 'Enter')) { e.preventDefault(); rows.focus(); select(0); return; }
  if (typing) return;
  if (e.target.tagName === 'TD') return;
  const here = e.target === rows, page = Math.max(1, Math.floor(rows.clientHeight / ROW) - 1);
  const step = { j: 1, k: -1 }[e.key] ?? (here ? { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -total, End: total }[e.key] : undefined);
  if (step !== undefined) { e.preventDefault(); if (!here) rows.focus(); select(selected < 0 ? (step < 0 ? 0 : Math.min(step, total) - 1) : selected + step); }
  else if (here && e.key === 'Enter') { e.preventDefault(); open(); }
});

// A table of cells: one stop of the tab key, arrows within it.
function grid(table, pick, seen) {
  let stop = table.querySelector('tbody td:not(.o-void)');
  if (stop) stop.tabIndex = 0;
  const go = td => { stop.tabIndex = -1; stop = td; td.tabIndex = 0; td.focus({ preventScroll: true }); td.scrollIntoView({ block: 'nearest', inline: 'nearest' }); };
  table.onclick = e => { const td = e.target.closest('tbody td'); if (td && !td.classList.contains('o-void')) { if (seen) go(td); pick(td); } };
  if (seen) table.addEventListener('focusin', e => { if (e.target.tagName === 'TD') seen(e.target); });
  table.onkeydown = e => {
    const td = e.target;
    if (td.tagName !== 'TD') return;
    if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); pick(td); return; }
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[e.key];
    if (!step) return;
    e.preventDefault();
    let tr = td.parentNode, at = td.cellIndex;
    for (;;) {
      if (step[0]) tr = step[0] > 0 ? tr.nextElementSibling : tr.previousElementSibling;
      at += step[1];
      const to = tr?.cells[at];
      if (!to || to.tagName !== 'TD') return;
      if (!to.classList.contains('o-void') && to.offsetParent) return go(to);
    }
  };
}

const matrix = document.querySelector('.matrix table');
if (matrix) {
  const hosts = [...matrix.querySelectorAll('thead th.host')].map(th => th.dataset.host);
  grid(matrix, td => {
    const tr = td.parentNode;
    ask({ q: '', verdict: '', rule: '', class: tr.dataset.class, access: tr.dataset.access, host: hosts[td.cellIndex - 2] });
    $('list').scrollIntoView();
    rows.focus({ preventScroll: true });
  });
}

// The result of a migration, below its table.
for (const table of document.querySelectorAll('.moves table')) {
  const n = +table.dataset.moves, of = data.moves.of[n], box = $('move-' + n), texts = data.moves.texts;
  const tell = td => {
    const r = td.parentNode.sectionRowIndex, c = td.cellIndex - 1, cell = of.cells[r][c];
    if (!cell) return;
    for (const other of table.querySelectorAll('td[aria-selected]')) other.removeAttribute('aria-selected');
    td.setAttribute('aria-selected', 'true');
    const verdict = data.verdicts[cell[0]], from = of.from[r], to = of.to[c];
    const [ended, predicted, observed, mapped, broken, by, rule, reason, refused, bytes, time] = cell.slice(1).map(t => texts[t]);
    const head = el('h4'), mark = el('span', 'verdict ' + data.tones[cell[0]]);
    mark.append(symbol(verdict), verdict);
    head.append(`${from} \u2192 ${to} `, mark);
    const { facts, fact } = factList();
    fact('ended', ended);
    fact('predicted', predicted);
    fact('observed', observed === ended ? '' : observed);
    fact('memory', mapped);
    if (broken) {
      const div = el('div'), dd = el('dd', 'bad');
      dd.append(symbol('broken'), broken + (by ? ', by ' + by : ''));
      div.append(el('dt', '', 'breaks'), dd);
      facts.append(div);
    }
    fact('rule', rule, true);
    fact('reason', reason);
    fact('registers refused', refused);
    fact('content', bytes);
    fact('time', time);
    fact('again', moveAgain(of.id, from, to) + (data.policy ? ` --policy ${data.policy}` : ''), true);
    box.replaceChildren(head, facts);
    const full = data.full[of.id + ' ' + from + ' -> ' + to];
    if (full) {
      const p = el('p'), link = el('a', '', 'Everything about it');
      link.href = '#' + full;
      p.append(link);
      box.append(p);
    }
    box.hidden = false;
  };
  grid(table, tell, tell);
}

addEventListener('hashchange', () => recall(true));
filter();
recall(true);
})();
