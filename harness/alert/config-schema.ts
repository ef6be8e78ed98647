import { z } from 'zod';
import { duration } from '../profile/quantity.ts';

/** `alerts.yaml`: the channels that people are told of alerts through. Secrets are named here, never written. */

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'expected a name of small letters, digits and -, at most 40')
  .describe('Names the channel in the log; by default its kind. Renamed, it is a new channel.');

const secretFrom = z
  .string()
  .regex(
    /^(env +[A-Za-z_][A-Za-z0-9_]*|file +\/.+)$/,
    'expected "env NAME" or "file /PATH" (mode 0600): secrets are never in this file',
  )
  .describe('env NAME, or file /PATH of mode 0600');

const file = z.string().min(1).max(4096).describe('Relative to this file');

const address = z
  .string()
  .max(320)
  .regex(/^[^\s<>,;"\\]+@[A-Za-z0-9.-]+$/, 'expected an address such as perf@example.org');

const webUrl = z
  .string()
  .max(2000)
  .superRefine((text, context) => {
    const fault = urlFault(text);
    if (fault !== null) context.addIssue({ code: 'custom', message: fault });
  });

/** What is secret in a URL is not for this file, and what is sent is not for everybody on the way. */
export function urlFault(text: string): string | null {
  if (!URL.canParse(text)) return 'expected a URL such as https://example.org/hook';
  const { protocol, username, password, hostname } = new URL(text);
  if (username !== '' || password !== '')
    return 'the URL has a user or password in it: secrets are never in this file';
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  if (protocol === 'https:' || (protocol === 'http:' && isHere)) return null;
  return 'expected an https URL (http only to this machine)';
}

const fileChannel = <K extends string>(kind: K) =>
  z.strictObject({ kind: z.literal(kind), name: name.optional(), file });

const github = z.strictObject({
  kind: z.literal('github'),
  name: name.optional(),
  repository: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[A-Za-z0-9._-]{1,100}$/, 'expected owner/name'),
  apiUrl: webUrl.default('https://api.github.com'),
  tokenFrom: secretFrom,
  label: z.string().min(1).max(50).default('netvm-alert'),
});

const slack = z.strictObject({ kind: z.literal('slack'), name: name.optional(), urlFrom: secretFrom });

const webhook = z.strictObject({
  kind: z.literal('webhook'),
  name: name.optional(),
  url: webUrl.optional().describe('Or urlFrom, where the URL itself is secret'),
  urlFrom: secretFrom.optional(),
  secretFrom: secretFrom.optional().describe('Signs the body: X-NetVM-Signature: sha256=HMAC'),
});

const email = z.strictObject({
  kind: z.literal('email'),
  name: name.optional(),
  host: z.string().regex(/^[A-Za-z0-9.:-]{1,253}$/, 'expected a host name or address'),
  port: z.int().min(1).max(65535).default(587),
  security: z.enum(['tls', 'starttls', 'none']).default('starttls'),
  user: z.string().min(1).max(320).optional(),
  passwordFrom: secretFrom.optional(),
  from: address,
  to: z.array(address).min(1).max(50),
});

export const channelSchemas = {
  junit: fileChannel('junit'),
  markdown: fileChannel('markdown'),
  metrics: fileChannel('metrics'),
  github,
  slack,
  webhook,
  email,
} as const;

export type ChannelKind = keyof typeof channelSchemas;
export const channelKinds = Object.keys(channelSchemas) as [ChannelKind, ...ChannelKind[]];
export type ChannelInput = { [K in ChannelKind]: z.output<(typeof channelSchemas)[K]> }[ChannelKind];

const common = {
  schema: z.literal('alerts/1'),
  attempts: z
    .int()
    .min(1)
    .max(10)
    .default(5)
    .describe('How often a delivery is tried in one go; the next start goes on'),
  timeout: duration('100 ms', '5 min').optional().describe('For one attempt; 10 s'),
};

/** The document without what is said of each channel, which depends on its kind. */
export const outerSchema = z.strictObject({
  ...common,
  channels: z
    .array(z.looseObject({ kind: z.enum(channelKinds) }))
    .min(1)
    .max(20),
});

/** All of it, as published for editors. */
export const configSchema = z.strictObject({
  ...common,
  channels: z
    .array(
      z.discriminatedUnion('kind', [
        channelSchemas.junit,
        channelSchemas.markdown,
        channelSchemas.metrics,
        github,
        slack,
        webhook,
        email,
      ]),
    )
    .min(1)
    .max(20),
});
