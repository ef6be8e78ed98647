import type { Cell, Provenance } from '../../model/run.ts';
import type { Column } from './column.ts';
import type { ExportSource } from './source.ts';

/** What a row of any table is of. */
export interface OfCell {
  readonly source: ExportSource;
  readonly cell: Cell;
}

/** The run: the same in every table, so that tables can be joined and runs put together. */
export const runColumns: readonly Column<OfCell>[] = [
  { name: 'run_id', type: 'text', about: 'Name of the run.', of: ({ source }) => source.run.id },
  {
    name: 'run_started_at',
    type: 'time',
    about: 'When the run started, UTC.',
    of: ({ source }) => source.run.startedAt,
  },
  {
    name: 'run_status',
    type: 'text',
    about: '`complete`, `interrupted` or `running`.',
    of: ({ source }) => source.run.status,
  },
  { name: 'testbed', type: 'text', about: 'Name of the testbed.', of: ({ source }) => source.run.testbed },
  {
    name: 'git_commit',
    type: 'text',
    about: 'Commit that was measured; empty where it is not known.',
    of: ({ source }) => source.facts[0]?.gitCommit ?? null,
  },
  {
    name: 'git_dirty',
    type: 'truth',
    about: 'Whether the checkout had changes that are in no commit.',
    of: ({ source }) => source.facts[0]?.gitDirty ?? null,
  },
];

/** Where a cell does not say. */
const usualPageBytes = 2 << 20;

/** The cell. */
export const cellColumns: readonly Column<OfCell>[] = [
  { name: 'dataplane', type: 'text', about: 'Data plane.', of: ({ cell }) => cell.dataplane },
  { name: 'isolation', type: 'text', about: 'How NFs are isolated.', of: ({ cell }) => cell.isolation },
  {
    name: 'trust_domains',
    type: 'whole',
    about: 'Into how many trust domains the chain is cut.',
    of: ({ cell }) => cell.trustDomains ?? 1,
  },
  {
    name: 'instances',
    type: 'whole',
    about: 'Instances of each NF of the chain.',
    of: ({ cell }) => cell.instances ?? 1,
  },
  {
    name: 'flow_entries',
    type: 'whole',
    about: 'Exact flows that were put into the flow table of NetVM before it was measured.',
    of: ({ cell }) => cell.flowEntries ?? 0,
  },
  {
    name: 'scheduling',
    type: 'text',
    about:
      'How the NFs of NetVM wait for packets: `shared`, `adaptive` or `poll`; empty where they are inline.',
    of: ({ cell }) =>
      cell.dataplane === 'netvm' && cell.isolation !== 'inline' ? (cell.scheduling ?? 'shared') : null,
  },
  {
    name: 'nfs',
    type: 'text',
    about: 'NFs in chain order, with ` > ` between.',
    of: ({ cell }) => cell.nfs.join(' > '),
  },
  { name: 'chain_length', type: 'whole', about: 'How many NFs.', of: ({ cell }) => cell.nfs.length },
  {
    name: 'frame_size_bytes',
    type: 'whole',
    about: 'Ethernet frame size, CRC included; of an IMIX the mean, rounded up.',
    of: ({ cell }) => cell.frameSizeBytes,
  },
  {
    name: 'imix',
    type: 'text',
    about: 'Genome of the IMIX (RFC 6985); empty where all frames have one size.',
    of: ({ cell }) => cell.imix?.genome ?? null,
  },
  {
    name: 'traffic',
    type: 'text',
    about: 'The traffic in a few words; empty where it is plain.',
    of: ({ cell }) => cell.traffic ?? null,
  },
  {
    name: 'huge_page_size_bytes',
    type: 'whole',
    about: 'Pages that the region of NetVM lies on; empty of other data planes.',
    of: ({ cell }) => (cell.dataplane === 'netvm' ? (cell.hugePageSizeBytes ?? usualPageBytes) : null),
  },
  { name: 'method', type: 'text', about: 'Method, as in a profile.', of: ({ cell }) => cell.method },
];

/** Of results: a figure that was emulated or modelled must not be taken for one that was measured. */
export function provenanceColumn<Row extends { readonly provenance: Provenance | null }>(): Column<Row> {
  return {
    name: 'provenance',
    type: 'text',
    about:
      '`measured` (a physical wire), `measured-virtual` (a virtual one), `emulated`, `modelled` or `published`.',
    of: ({ provenance }) => provenance,
  };
}
