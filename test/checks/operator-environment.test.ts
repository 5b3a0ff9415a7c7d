import { expect, test } from 'vitest';
import { serviceVariables } from '../../operator/src/service/service-config.ts';
import { documentedNames, tableRows } from './tables.ts';

test('docs/operator.md has every variable of the operator’s environment, and no other', () => {
  const rows = tableRows('docs/operator.md', 'Environment').slice(1);
  expect(rows.map(([name = '']) => name.replaceAll('`', ''))).toEqual([...serviceVariables]);
  expect(documentedNames('docs/operator.md', 'Environment')).toEqual([...serviceVariables]);
});
