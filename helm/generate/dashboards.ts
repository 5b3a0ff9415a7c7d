import { chatBoard } from './dashboards/chat.ts';
import { jobsBoard } from './dashboards/jobs.ts';
import { operatorBoard } from './dashboards/operator.ts';
import { grafanaDashboard } from './dashboards/panel.ts';

/** Grafana's dashboards of the chart. */
export const dashboards = [jobsBoard, chatBoard, operatorBoard].map(grafanaDashboard);
