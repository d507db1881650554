'use strict';
(() => {
// Tables with a form: the rows that have all words, and the chosen values in their data. The address has the choice.
for (const form of document.querySelectorAll('form[data-filters]')) {
  const table = document.getElementById(form.dataset.filters), count = document.getElementById(form.dataset.filters + '-count');
  const rows = [...table.tBodies[0].rows], texts = rows.map(r => r.textContent.toLowerCase()), fields = [...form.elements].filter(e => e.name);
  const noun = count.textContent.replace(/^[^a-z]*/, '');
  const show = () => {
    const words = form.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = fields.filter(f => f.tagName === 'SELECT' && f.value);
    let shown = 0;
    rows.forEach((row, i) => {
      const fits = words.every(w => texts[i].includes(w)) && chosen.every(f => row.dataset[f.name] === f.value);
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    count.textContent = shown === rows.length ? `${shown} ${noun}` : `${shown} of ${rows.length} ${noun}`;
  };
  const asked = new URLSearchParams(location.search);
  for (const f of fields) if (asked.has(f.name)) f.value = asked.get(f.name);
  form.hidden = false;
  show();
  form.addEventListener('input', () => {
    show();
    const wanted = new URLSearchParams(fields.filter(f => f.value).map(f => [f.name, f.value]));
    try { history.replaceState(null, '', (String(wanted) ? '?' + wanted : location.pathname) + location.hash); } catch { /* A file may not change its address. */ }
  });
  form.addEventListener('submit', e => e.preventDefault());
}

// "/" goes to the search, unless somebody is typing.
addEventListener('keydown', e => {
  if (e.key !== '/' || e.ctrlKey || e.altKey || e.metaKey || /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName)) return;
  const q = document.querySelector('main form[data-filters] input[type=search], main form[role=search] input[type=search]');
  if (q && q.offsetParent) { e.preventDefault(); q.focus(); }
});

// The newest run is on the right of a heat map.
for (const map of document.querySelectorAll('.heat')) map.scrollLeft = map.scrollWidth;

// A run that is going on, until it has ended.
const live = () => document.querySelectorAll('.live[data-live]');
if (live().length) {
  const again = async () => {
    try {
      const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), 'text/html');
      const now = [...page.querySelectorAll('.live[data-live]')];
      if (!now.length) { location.reload(); return; }
      live().forEach((section, i) => now[i] ? section.replaceWith(document.adoptNode(now[i])) : section.remove());
    } catch { /* The server may be restarting. */ }
    setTimeout(again, 2000);
  };
  setTimeout(again, 2000);
}
})();
