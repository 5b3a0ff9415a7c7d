// Where the facts come from, and under which licences:
//   countries-list         MIT          English names, continent, capital, currencies, languages, phone codes
//   i18n-iso-countries     MIT          Chinese names
//   cldr-localenames-full  Unicode-3.0  Chinese names of places and continents, names of languages
//   cldr-numbers-full      Unicode-3.0  names of currencies
// "Official language" and "currency" mean the first that countries-list names; capitals are spelled in Latin letters in
// both languages, because none of the packages has their Chinese names.
import enLanguages from 'cldr-localenames-full/main/en/languages.json' with { type: 'json' };
import zhLanguages from 'cldr-localenames-full/main/zh/languages.json' with { type: 'json' };
import zhTerritories from 'cldr-localenames-full/main/zh/territories.json' with { type: 'json' };
import enCurrencies from 'cldr-numbers-full/main/en/currencies.json' with { type: 'json' };
import zhCurrencies from 'cldr-numbers-full/main/zh/currencies.json' with { type: 'json' };
import { continents, countries } from 'countries-list';
import zhCountries from 'i18n-iso-countries/langs/zh.json' with { type: 'json' };
import { randomFrom, shuffled } from './random.ts';

export const languages = ['zh', 'en'] as const;
export type Language = (typeof languages)[number];

export const relations = ['continent', 'capital', 'currency', 'language', 'isoCode', 'phoneCode'] as const;
export type Relation = (typeof relations)[number];

/** A country or territory; `code` (ISO 3166 alpha-2) identifies it in both languages. */
export interface Entity {
  readonly code: string;
  readonly name: Readonly<Record<Language, string>>;
  readonly answers: Readonly<Record<Relation, Readonly<Record<Language, string>>>>;
}

const ghostCount = 20;

// CLDR names continents by their UN M49 area codes.
const areaCodes: Readonly<Record<string, string>> = {
  AF: '002',
  AN: 'AQ',
  AS: '142',
  EU: '150',
  NA: '003',
  OC: '009',
  SA: '005',
};

const zhPlaces: Readonly<Record<string, string>> = zhTerritories.main.zh.localeDisplayNames.territories;
const zhPlacesIso: Readonly<Record<string, string | readonly string[]>> = zhCountries.countries;
const languageNames: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  zh: zhLanguages.main.zh.localeDisplayNames.languages,
  en: enLanguages.main.en.localeDisplayNames.languages,
};
const currencyNames: Readonly<Record<Language, Readonly<Record<string, { readonly displayName: string }>>>> = {
  zh: zhCurrencies.main.zh.numbers.currencies,
  en: enCurrencies.main.en.numbers.currencies,
};

/** The places that have all six relations in both languages, in the order of their codes: the described and the ghosts. */
const entities: readonly Entity[] = Object.entries(countries)
  .toSorted(([left], [right]) => (left < right ? -1 : 1))
  .flatMap(([code, country]) => {
    const [currency, spoken, phone] = [country.currency[0], country.languages[0], country.phone[0]];
    const zhName = shortest([zhPlaces[code], zhPlacesIso[code]].flat());
    const [zhContinent, enContinent] = [zhPlaces[areaCodes[country.continent] ?? ''], continents[country.continent]];
    const [zhCurrency, enCurrency] = languages.map((language) => currencyNames[language][currency ?? '']?.displayName);
    const [zhSpoken, enSpoken] = languages.map((language) => languageNames[language][spoken ?? '']);
    if (!zhName || !zhContinent || !country.capital || !zhCurrency || !enCurrency || !zhSpoken || !enSpoken) return [];
    if (phone === undefined) return [];
    const answers = {
      continent: { zh: zhContinent, en: enContinent },
      capital: inBoth(country.capital),
      currency: { zh: zhCurrency, en: enCurrency },
      language: { zh: zhSpoken, en: enSpoken },
      isoCode: inBoth(code),
      phoneCode: inBoth(`+${phone}`),
    };
    return [{ code, name: { zh: zhName, en: country.name }, answers }];
  });

const ghostCodes: ReadonlySet<string> = new Set(
  shuffled(entities, randomFrom('ghosts'))
    .filter((entity) => !isNamedByOthers(entity))
    .slice(0, ghostCount)
    .map((entity) => entity.code),
);

/** Places that the encyclopedia describes. */
export const described: readonly Entity[] = entities.filter(({ code }) => !ghostCodes.has(code));

/** Places that nothing describes: the score on them is what guessing is worth. */
export const ghosts: readonly Entity[] = entities.filter(({ code }) => ghostCodes.has(code));

/** True when the name of this place occurs in what is written of another (Niger in Nigeria): it could not be a ghost. */
function isNamedByOthers(entity: Entity): boolean {
  return languages.some((language) =>
    entities
      .filter((other) => other !== entity)
      .flatMap((other) => [other.name[language], ...relations.map((relation) => other.answers[relation][language])])
      .some((text) => text.includes(entity.name[language])),
  );
}

function shortest(names: readonly (string | undefined)[]): string | undefined {
  return names.filter((name) => name !== undefined).toSorted((left, right) => left.length - right.length)[0];
}

function inBoth(answer: string): Record<Language, string> {
  return { zh: answer, en: answer };
}
