import { parquetWriteBuffer } from 'hyparquet-writer';
import type { BasicType } from 'hyparquet-writer';
import type { ColumnType, Table, Value } from './column.ts';

const types: Readonly<Record<ColumnType, BasicType>> = {
  text: 'STRING',
  number: 'DOUBLE',
  whole: 'INT64',
  truth: 'BOOLEAN',
  time: 'TIMESTAMP',
};

/** The same table with typed columns; what is not known is null. Texts are kept as they are: nothing in Parquet is a formula. */
export function parquetOf<Row>({ columns, rows }: Table<Row>): Uint8Array {
  const buffer = parquetWriteBuffer({
    columnData: columns.map(({ name, type, of }) => ({
      name,
      type: types[type],
      nullable: true,
      data: rows.map((row) => stored(type, of(row))),
    })),
  });
  return new Uint8Array(buffer);
}

function stored(type: ColumnType, value: Value): unknown {
  if (value === null) return null;
  if (type === 'whole' && typeof value === 'number') return BigInt(value);
  return type === 'time' && typeof value === 'string' ? new Date(value) : value;
}
