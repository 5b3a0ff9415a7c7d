import type { Relation } from '../facts.ts';
import { capital } from './capital.ts';
import { continent } from './continent.ts';
import { currency } from './currency.ts';
import { isoCode } from './iso-code.ts';
import { language } from './language.ts';
import { phoneCode } from './phone-code.ts';
import type { RelationWordings } from './wordings.ts';

export const wordings = { continent, capital, currency, language, isoCode, phoneCode } satisfies Record<
  Relation,
  RelationWordings
>;
