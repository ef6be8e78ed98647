/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/**
 * Filters and sorts the rows of the page. It runs in the page, so it may use nothing from outside of itself. Without it the page is a plain table, so it makes
 * what it needs: the controls are hidden until it shows them, and the heads of columns become buttons.
 */
export function dashboardScript(): void {
  const form = document.querySelector<HTMLFormElement>('form');
  const text = document.querySelector<HTMLInputElement>('#filter');
  const state = document.querySelector<HTMLSelectElement>('#state');
  const count = document.querySelector('#count');
  if (!form || !text || !state || !count) return;
  const sections = [...document.querySelectorAll<HTMLElement>('section.series')];
  const rows = [...document.querySelectorAll<HTMLTableRowElement>('section.series tbody tr')].map((row) => ({
    row,
    words:
      `${row.closest('section')?.querySelector('h2')?.textContent ?? ''} ${row.textContent}`.toLowerCase(),
    state: row.dataset['state'] ?? '',
  }));

  const filter = (): void => {
    const wanted = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const one of rows) {
      const isShown =
        (state.value === '' || one.state === state.value) && wanted.every((word) => one.words.includes(word));
      one.row.hidden = !isShown;
      if (isShown) shown++;
    }
    for (const section of sections) section.hidden = section.querySelector('tbody tr:not([hidden])') === null;
    count.textContent = `${shown} of ${rows.length} series`;
  };

  const collator = new Intl.Collator('en', { numeric: true });
  const sort = (head: HTMLTableCellElement): void => {
    const body = head.closest('table')?.tBodies[0];
    if (!body) return;
    const isDown = head.getAttribute('aria-sort') === 'ascending';
    for (const other of head.parentElement?.children ?? []) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', isDown ? 'descending' : 'ascending');
    const keyed = [...body.rows].map((row) => {
      const cell = row.cells[head.cellIndex];
      return { row, key: cell?.dataset['key'] ?? cell?.textContent ?? '' };
    });
    keyed.sort((a, b) => (isDown ? -1 : 1) * collator.compare(a.key, b.key));
    body.append(...keyed.map(({ row }) => row));
  };

  for (const head of document.querySelectorAll<HTMLTableCellElement>('th[data-sort]')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    button.addEventListener('click', () => sort(head));
    head.append(button);
  }
  form.addEventListener('submit', (event) => event.preventDefault());
  text.addEventListener('input', filter);
  state.addEventListener('change', filter);
  form.hidden = false;
  // A page that is gone back to keeps what was typed.
  filter();
}
