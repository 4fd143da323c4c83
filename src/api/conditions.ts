import { z } from 'zod';
import { integer, namedList, text } from './fields.ts';

/** A Kubernetes condition; `Ready`, `Reconciling` and `Stalled` follow the kstatus convention. */
const condition = z.object({
  type: text(316, 'Type of the condition, such as Ready.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether the condition holds.'),
  reason: text(1024, 'One word for why, in PascalCase.'),
  message: z.string().max(32768).describe('A sentence for people.'),
  observedGeneration: integer(0, 2 ** 53 - 1, 'The metadata.generation this was judged on.'),
  lastTransitionTime: z.string().max(64).meta({ format: 'date-time' }).describe('When status last changed.'),
});

export const conditions = namedList(condition, { max: 16, keys: ['type'] }, 'How the object is doing.');

export const observedGeneration = integer(0, 2 ** 53 - 1, 'The metadata.generation this status was computed from.');
