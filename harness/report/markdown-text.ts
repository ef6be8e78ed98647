/** Names come from commits and archives of anybody: nothing in them is markup, a mention, a number of an issue, or a link. */
export function escapeMarkdown(of: string): string {
  return of
    .replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u2028\u2029]/g, ' ')
    .replace(/[&<>@#\\`*_{}[\]()!|~$]|:\/\/|www\./gi, (found) => {
      if (found === '://') return ':&#8203;//';
      if (found.length === 4) return `${found.slice(0, 3)}&#8203;.`;
      if ('@#'.includes(found)) return `${found}&#8203;`;
      return '&<>'.includes(found) ? `&#${found.charCodeAt(0)};` : `\\${found}`;
    });
}

/** A row of a table, of cells that are Markdown already. */
export function markdownRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
