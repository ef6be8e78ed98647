/** Names come from commits and archives of anybody: nothing in them is markup, a mention, a number of an issue, or a link. */
export function markdown(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]/g, ' ').replace(/[&<>@#\\`*_{}[\]()!|~$]|:\/\//g, (found) => {
    if (found === '://') return ':&#8203;//';
    if ('@#'.includes(found)) return `${found}&#8203;`;
    return '&<>'.includes(found) ? `&#${found.charCodeAt(0)};` : `\\${found}`;
  });
}

/** A row of a table, of cells that are Markdown already. */
export function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
