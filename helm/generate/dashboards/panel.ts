/** A panel of a dashboard as it is described: a title, and queries by their legends. */
export interface Panel {
  readonly title: string;
  /** What is shown, for whoever wonders. */
  readonly description?: string;
  readonly kind?: 'timeseries' | 'stat';
  /** A unit of Grafana, such as `s`, `percentunit` or `reqps`. */
  readonly unit?: string;
  readonly queries: Readonly<Record<string, string>>;
}

/** A dashboard as it is described: rows of panels, and variables by the query of their values. */
export interface Board {
  readonly uid: string;
  readonly title: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly panels: readonly Panel[];
}

const datasource = { type: 'prometheus', uid: '${datasource}' };
const columns = 2;
const width = 24 / columns;
const height = 8;

/** Writes a dashboard in Grafana's own JSON. */
export function grafanaDashboard({ uid, title, variables, panels }: Board) {
  return {
    uid,
    title,
    tags: ['wikigpt'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
        ...Object.entries(variables).map(([name, query]) => ({
          name,
          label: name,
          type: 'query',
          datasource,
          query: { query, refId: name },
          refresh: 2,
          multi: true,
          includeAll: true,
          allValue: '.*',
          current: { text: 'All', value: '$__all' },
        })),
      ],
    },
    panels: panels.map((panel, index) => ({
      id: index + 1,
      type: panel.kind ?? 'timeseries',
      title: panel.title,
      ...(panel.description === undefined ? {} : { description: panel.description }),
      datasource,
      gridPos: { x: (index % columns) * width, y: Math.floor(index / columns) * height, w: width, h: height },
      fieldConfig: { defaults: { unit: panel.unit ?? 'short' }, overrides: [] },
      targets: Object.entries(panel.queries).map(([legendFormat, expr], position) => ({
        refId: String.fromCodePoint(65 + position),
        datasource,
        expr,
        legendFormat,
      })),
    })),
  };
}
