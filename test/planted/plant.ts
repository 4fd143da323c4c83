import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';

/**
 * Loaded before a test run (`node --import`): puts the fault of the environment variable PLANTED_FAULT into the text of
 * its file as that is loaded; nothing is written. Random tests have a fixed seed, so that what is caught stays caught.
 */

interface Planted {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const { file, from, to } = JSON.parse(process.env['PLANTED_FAULT'] ?? '{}') as Planted;
const url = pathToFileURL(file).href;

fc.configureGlobal({ seed: 1, endOnFailure: true });

registerHooks({
  load(each, context, next) {
    const loaded = next(each, context);
    if (each !== url || loaded.source === undefined) return loaded;
    const text =
      typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString();
    return { ...loaded, source: text.replace(from, () => to) };
  },
});
