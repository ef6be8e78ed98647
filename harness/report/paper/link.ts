/** A path for a link that is relative to the page. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
