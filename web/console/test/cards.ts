// Answer cards as the service gives them, for the tests of what the page makes of them.
import type { AnswerCard } from '../src/api/card'

const common = {
  kind: 'answer' as const,
  language: 'en',
  rights: 'All records of Brightwater Pools',
  currency: { code: 'EUR', rates_on: '2026-11-21' },
  as_of: '2026-11-21T09:30:00Z',
  timezone: 'Europe/Berlin',
  notes: [],
  choices: [],
  suggestions: [],
  chart: null,
}

const byStage = {
  entity: 'opportunities',
  measures: ['open_amount'],
  dimensions: [{ name: 'stage' }],
}

export const groups: AnswerCard = {
  ...common,
  question: 'Open pipeline by stage',
  sentence: 'The open pipeline is €1,284,500.50, most of it in Proposal (€612,000.00).',
  query: byStage,
  table: {
    columns: [
      { name: 'stage', label: 'Stage', role: 'dimension', unit: 'text', grain: null },
      { name: 'open_amount', label: 'Open pipeline', role: 'measure', unit: 'money', grain: null },
      { name: 'open_amount', label: 'Share', role: 'share', unit: 'percent', grain: null },
    ],
    rows: [
      ['Proposal', '612000.00', '0.4764'],
      ['Qualification', '402500.50', '0.3134'],
      ['Negotiation', '270000.00', '0.2102'],
      [null, null, null],
    ],
    records: 184,
  },
  chart: {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    data: {
      values: [
        { stage: 'Proposal', open_amount: 612000 },
        { stage: 'Qualification', open_amount: 402500.5 },
        { stage: 'Negotiation', open_amount: 270000 },
      ],
    },
    mark: { type: 'bar', tooltip: true },
    encoding: {
      y: { field: 'stage', type: 'nominal', title: 'Stage', sort: '-x' },
      x: { field: 'open_amount', type: 'quantitative', title: 'Open pipeline (EUR)' },
    },
  },
  definitions: [
    {
      name: 'open_amount',
      label: 'Open pipeline',
      text: 'The amounts of opportunities that are not closed.',
    },
  ],
  filters: ['Open opportunities', 'Close date: any'],
  notes: ['2 amounts in ISK have no rate on 2026-11-21 and are left out.'],
  drill_down: { entity: 'opportunities', form: { kind: 'records' } },
  replay: '/console/ask?q=eyJlbnRpdHkiOiJvcHBvcnR1bml0aWVzIn0',
}

export const number: AnswerCard = {
  ...common,
  question: 'Won this quarter',
  sentence: 'You won €90,000.00 this quarter.',
  query: { entity: 'opportunities', measures: ['won_amount'] },
  table: {
    columns: [
      { name: 'won_amount', label: 'Won', role: 'measure', unit: 'money', grain: null },
      { name: 'won_amount', label: 'Won, quarter before', role: 'earlier', unit: 'money', grain: null },
    ],
    rows: [['90000.00', '60000.00']],
    records: 12,
  },
  definitions: [{ name: 'won_amount', label: 'Won', text: 'The amounts of opportunities that were won.' }],
  filters: ['Close date: 1 Oct 2026 to 31 Dec 2026', 'Won'],
  drill_down: { entity: 'opportunities', form: { kind: 'records' } },
  replay: null,
}

export const clarification: AnswerCard = {
  ...common,
  kind: 'clarification',
  question: 'deals of Jon',
  sentence: 'There are two people called Jon.',
  query: null,
  table: null,
  rights: null,
  currency: null,
  definitions: [],
  filters: [],
  drill_down: null,
  choices: [
    { label: 'Deals of Jon Abel', query: { entity: 'opportunities', filters: [{ dimension: 'owner' }] } },
    { label: 'Deals of Jon Weber', query: { entity: 'opportunities', measures: ['count'] } },
  ],
  replay: null,
}

export const declined: AnswerCard = {
  ...common,
  kind: 'declined',
  question: 'delete all leads',
  sentence: 'Only questions about your numbers can be asked here; nothing is changed.',
  query: null,
  table: null,
  rights: null,
  currency: null,
  definitions: [],
  filters: [],
  drill_down: null,
  suggestions: ['How many leads came this month?'],
  replay: null,
}

export const records: AnswerCard = {
  ...common,
  question: null,
  sentence: '1,200 opportunities.',
  query: { entity: 'opportunities', form: { kind: 'records' } },
  table: {
    columns: [
      { name: 'name', label: 'Opportunity', role: 'dimension', unit: 'record', grain: null },
      { name: 'owner', label: 'Owner', role: 'dimension', unit: 'record', grain: null },
      { name: 'amount', label: 'Amount', role: 'measure', unit: 'money', grain: null },
      { name: 'close_date', label: 'Close date', role: 'dimension', unit: 'date', grain: null },
    ],
    rows: Array.from({ length: 1200 }, (_, at) => [
      { id: `0198f3a2-7c1e-7d43-9f0e-${String(at).padStart(12, '0')}`, name: `Deal ${at}` },
      { id: '0198f3a2-7c1e-7d43-9f0e-2b1a6c5d4e3f', name: 'Tessa Moor' },
      `${(at * 37) % 1000}.50`,
      '2026-11-21',
    ]),
    records: 1200,
  },
  definitions: [],
  filters: [],
  drill_down: null,
  replay: null,
}
