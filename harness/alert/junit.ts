/** One thing that a CI server shows as passed, failed or skipped. */
export interface JunitCase {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Why; of a passed one it is left out. */
  readonly message?: string;
  readonly seconds: number;
}

/**
 * JUnit XML of one suite, as text. No standard defines it: this keeps to the attributes of Jenkins' junit-10.xsd, which
 * GitLab, GitHub's viewers and Azure read as well. Names may hold anything: what XML cannot say is replaced.
 */
export function junit(suiteName: string, cases: readonly JunitCase[]): string {
  const count = (outcome: JunitCase['outcome']) => cases.filter((one) => one.outcome === outcome).length;
  const totals = [
    attribute('tests', String(cases.length)),
    attribute('failures', String(count('failed'))),
    attribute('errors', '0'),
    attribute('skipped', String(count('skipped'))),
    attribute('time', seconds(cases.reduce((sum, one) => sum + one.seconds, 0))),
  ].join('');
  const name = attribute('name', suiteName);
  const suite = `<testsuite${name}${totals}>\n${cases.map((one) => testCase(suiteName, one)).join('')}</testsuite>\n`;
  // `skipped` is no attribute of the whole: GitLab and Jenkins take it from the suites.
  const whole = totals.replace(/ skipped="\d+"/, '');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${name}${whole}>\n${suite}</testsuites>\n`;
}

function testCase(suiteName: string, { name, outcome, message, seconds: took }: JunitCase): string {
  const head = `  <testcase${attribute('classname', suiteName)}${attribute('name', name)}${attribute('time', seconds(took))}`;
  if (outcome === 'passed') return `${head}/>\n`;
  const text = message ?? '';
  if (outcome === 'skipped') return `${head}><skipped${attribute('message', text)}/></testcase>\n`;
  // GitLab shows the text of the element, Jenkins the attribute.
  return `${head}><failure${attribute('message', text)}${attribute('type', 'failure')}>${xml(text)}</failure></testcase>\n`;
}

function attribute(name: string, value: string): string {
  return ` ${name}="${xml(value).replace(/\n/g, '&#10;')}"`;
}

/** No exponent, no NaN: Jenkins reads a decimal. */
function seconds(value: number): string {
  return (Number.isFinite(value) ? Math.max(0, value) : 0).toFixed(3);
}

/** XML 1.0 has no control characters but tab and line feed, no halves of surrogates and no U+FFFE and U+FFFF, not even as references. */
function xml(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(
      /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g,
      '\ufffd',
    )
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
