'use strict';
(() => {
// Light or dark: the system's setting until the reader chooses. Files opened from disk may have no storage.
const root = document.documentElement, theme = document.getElementById('theme');
const stored = write => { try { return write === undefined ? localStorage.getItem('theme') : localStorage.setItem('theme', write); } catch { return null; } };
const isDark = () => root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
const nameTheme = () => { theme.textContent = isDark() ? 'Light' : 'Dark'; theme.setAttribute('aria-label', isDark() ? 'Show the light page' : 'Show the dark page'); };
if (['light', 'dark'].includes(stored())) root.dataset.theme = stored();
theme.hidden = false;
nameTheme();
theme.onclick = () => { root.dataset.theme = isDark() ? 'light' : 'dark'; stored(root.dataset.theme); nameTheme(); };
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', nameTheme);

for (const b of document.querySelectorAll('.copy')) b.hidden = false;
document.addEventListener('click', e => {
  const b = e.target.closest('.copy');
  if (!b) return;
  const code = b.previousElementSibling;
  const done = () => { b.textContent = 'copied'; };
  const select = () => getSelection().selectAllChildren(code);
  if (navigator.clipboard) navigator.clipboard.writeText(code.textContent).then(done, select); else select();
});
})();
