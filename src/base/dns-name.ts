import { contentHash } from './hash.ts';

/**
 * A DNS-1123 label of at most `max` characters for an ECS name, which may have upper case, underscores and 255
 * characters. A name that is a label already stays; any other gets a hash, so that `My_App` and `my-app` never meet.
 */
export function dnsName(name: string, max = 63): string {
  if (name.length <= max && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name)) return name;
  const suffix = contentHash(name).slice(0, 8);
  const stem = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '');
  return `${stem.slice(0, max - suffix.length - 1)}-${suffix}`.replace(/^-+/, '').replace(/-{2,}/g, '-');
}
