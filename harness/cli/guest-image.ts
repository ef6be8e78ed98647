/** Stand-in until harness/guest/ is merged. */
export type GuestImage =
  { readonly kernel: string; readonly initrd: string; readonly hash: string } | { readonly missing: string };

export function guestImage(_root: string): Promise<GuestImage> {
  return Promise.resolve({ missing: 'there is no guest image: make one with ./netvm guest build' });
}
