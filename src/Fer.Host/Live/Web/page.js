'use strict';
// The page is whole without this. With it, parts are exchanged when the server says that something changed.
(() => {
  const main = document.querySelector('main');
  const live = document.getElementById('live');
  const said = document.getElementById('said');
  const look = document.getElementById('look');
  const shown = new Map();
  let busy = false, again = false, stale = false;

  const parts = () => document.querySelectorAll('[data-part]');
  const remember = () => { for (const part of parts()) { shown.set(part.id, part.outerHTML); } };
  const say = (text) => { said.textContent = text; };

  // What the reader has done stays: focus, places scrolled to, folds that are open.
  function exchange(part, fresh) {
    const focused = part.contains(document.activeElement) ? document.activeElement.id || (document.activeElement.closest('[id]') || {}).id : null;
    const places = [...part.querySelectorAll('.scroll, .events')].map((s) => [s.scrollLeft, s.scrollTop]);
    const open = [...part.querySelectorAll('details')].map((d) => d.open);
    part.replaceWith(fresh);
    fresh.querySelectorAll('.scroll, .events').forEach((s, i) => { if (places[i]) { [s.scrollLeft, s.scrollTop] = places[i]; } });
    fresh.querySelectorAll('details').forEach((d, i) => { if (open[i] !== undefined) { d.open = open[i]; } });
    if (focused) { (document.getElementById(focused) || fresh).focus({ preventScroll: true }); }
  }

  async function refresh() {
    if (busy) { again = true; return; }
    busy = true;
    try {
      do {
        again = false;
        const answer = await fetch(location.pathname + location.search, { headers: { 'X-Parts': '1' } });
        if (!answer.ok) { continue; }
        const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
        const frame = next.querySelector('main');
        if (!frame) { continue; }
        document.title = frame.dataset.title;
        main.dataset.version = frame.dataset.version;
        for (const part of parts()) {
          const fresh = next.getElementById(part.id);
          const text = fresh && fresh.outerHTML;
          if (fresh && text !== shown.get(part.id)) { shown.set(part.id, text); exchange(part, fresh); }
        }
      } while (again);
    } catch { /* the next event, or the next connection, asks again */ } finally { busy = false; }
  }

  function sortField() { return look.querySelector('input[name=sort]'); }

  if (look) {
    look.addEventListener('submit', (event) => {
      const by = event.submitter;
      event.preventDefault();
      const words = new URLSearchParams();
      if (by && by.name === 'sort') { sortField().value = by.value; }
      for (const [name, value] of new FormData(look)) { if (value !== '') { words.set(name, value); } }
      if (by && by.name === 'page') { words.set('page', by.value); }
      const to = location.pathname + (words.size ? '?' + words : '');
      if (to !== location.pathname + location.search) { history.pushState(null, '', to); }
      refresh();
    });
    let wait = 0;
    document.getElementById('q').addEventListener('input', () => { clearTimeout(wait); wait = setTimeout(() => look.requestSubmit(), 250); });
    for (const select of document.querySelectorAll('select[form=look]')) { select.addEventListener('change', () => look.requestSubmit()); }
    addEventListener('popstate', () => {
      const words = new URLSearchParams(location.search);
      document.getElementById('q').value = words.get('q') || '';
      sortField().value = words.get('sort') || 'number';
      for (const select of document.querySelectorAll('select[form=look]')) { select.value = words.get(select.name) || select.options[0].value; }
      refresh();
    });
  }

  // A word that changes something needs the host's token: asked for once, kept while this tab is open.
  function token() {
    const known = sessionStorage.getItem('fer-token');
    if (known) { return Promise.resolve(known); }
    const dialog = document.getElementById('ask');
    const field = document.getElementById('token');
    field.value = '';
    dialog.showModal();
    return new Promise((done) => dialog.addEventListener('close', () => {
      if (dialog.returnValue === 'yes' && field.value) { sessionStorage.setItem('fer-token', field.value); done(field.value); } else { done(null); }
      field.value = '';
    }, { once: true }));
  }

  async function act(button) {
    if (button.dataset.sure && !confirm(button.dataset.sure)) { return; }
    const word = await token();
    if (!word) { return; }
    say('…');
    try {
      const answer = await fetch(button.dataset.post, { method: 'POST', headers: { Authorization: 'Bearer ' + word } });
      if (answer.status === 401) { sessionStorage.removeItem('fer-token'); }
      say((await answer.json()).sentence);
      refresh();
    } catch { say('The host does not answer.'); }
  }

  document.addEventListener('click', (event) => {
    const button = event.target.closest('button[data-post]');
    if (button) { act(button); }
  });

  function mark(on, words) { live.className = 'small ' + (on ? 'on' : 'off'); if (live.textContent !== words) { live.textContent = words; } }

  function listen() {
    const source = new EventSource('/events?topic=' + encodeURIComponent(main.dataset.topic) + '&seen=' + encodeURIComponent(main.dataset.version));
    source.addEventListener('ok', () => mark(true, 'live'));
    source.addEventListener('trouble', (event) => mark(false, JSON.parse(event.data).sentence));
    source.addEventListener('changed', () => { mark(true, 'live'); if (document.hidden) { stale = true; } else { refresh(); } });
    source.onerror = () => mark(false, 'not connected');
    addEventListener('pagehide', () => source.close());
  }

  if (main.dataset.writes) { document.documentElement.classList.add('writes'); }
  remember();
  if (main.dataset.topic) { listen(); }
  document.addEventListener('visibilitychange', () => { if (!document.hidden && stale) { stale = false; refresh(); } });
})();
