import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { t } from "../texts.ts";
import { Button } from "./button.tsx";
import { csv, save } from "./csv.ts";

export interface Column<T> {
  key: string;
  title: string;
  /** What the number means, shown on hover. */
  definition?: string;
  draw: (row: T) => ComponentChildren;
  /** For CSV and sorting; without it the column has neither. */
  text?: (row: T) => string | number;
  end?: boolean;
  /** Not shown on a phone. */
  minor?: boolean;
}

export interface TableProps<T> {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf: (row: T) => string;
  /** Enter or a click on a row. */
  onOpen?: (row: T) => void;
  chosen?: string | null;
  /** Name of the file, without its ending; without it no CSV is offered. */
  csvName?: string;
  empty?: ComponentChildren;
  /** More rows are there: asked for at the end of the table. */
  more?: (() => void) | undefined;
  busy?: boolean;
}

/** A table with a header that stays, arrow keys between rows, sorting by its titles, and CSV. */
export function Table<T>(props: TableProps<T>) {
  const { columns, rows, keyOf, onOpen } = props;
  const [order, setOrder] = useState<{ key: string; down: boolean } | null>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  const [focused, setFocused] = useState(0);
  const sorted = order ? inOrder(rows, columns, order) : rows;
  const keyed = (event: KeyboardEvent, index: number) => {
    const to = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: sorted.length - 1 }[event.key];
    const row = sorted[index];
    if (to !== undefined && sorted[to]) {
      event.preventDefault();
      setFocused(to);
      (body.current?.children[to] as HTMLElement | undefined)?.focus();
    } else if (event.key === "Enter" && event.target === event.currentTarget && row && onOpen) {
      // a dialog that this opens has the focus before the key is up; it would press what is there
      event.preventDefault();
      onOpen(row);
    }
  };
  if (rows.length === 0 && props.empty && !props.busy) return <>{props.empty}</>;
  return (
    <div class="table-place">
      {props.csvName && (
        <div class="table-tools">
          <Button
            kind="quiet"
            size="s"
            icon="download"
            onClick={() => download(props.csvName as string, columns, sorted)}
          >
            {t("app.csv")}
          </Button>
        </div>
      )}
      <div class="table-scroll">
        <table aria-label={props.label} aria-busy={props.busy}>
          <thead>
            <tr>
              {columns.map((one) => (
                <Title key={one.key} column={one} order={order} onOrder={setOrder} />
              ))}
            </tr>
          </thead>
          <tbody ref={body}>
            {sorted.map((row, index) => (
              <tr
                key={keyOf(row)}
                class={onOpen ? "opens" : undefined}
                aria-selected={props.chosen === keyOf(row) || undefined}
                tabIndex={index === Math.min(focused, sorted.length - 1) ? 0 : -1}
                onFocus={() => setFocused(index)}
                onKeyDown={(event) => keyed(event, index)}
                onClick={() => onOpen?.(row)}
              >
                {columns.map((one) => (
                  <td key={one.key} class={cellClass(one)}>
                    {one.draw(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {props.more && (
        <Button busy={props.busy ?? false} onClick={props.more}>
          {t("app.more")}
        </Button>
      )}
    </div>
  );
}

interface TitleProps<T> {
  column: Column<T>;
  order: { key: string; down: boolean } | null;
  onOrder: (order: { key: string; down: boolean } | null) => void;
}

function Title<T>({ column, order, onOrder }: TitleProps<T>) {
  const own = order?.key === column.key ? order : null;
  const next = own === null ? { key: column.key, down: false } : own.down ? null : { key: column.key, down: true };
  return (
    <th
      scope="col"
      class={cellClass(column)}
      title={column.definition}
      aria-sort={own === null ? undefined : own.down ? "descending" : "ascending"}
    >
      {column.text ? (
        <button type="button" class="table-title" onClick={() => onOrder(next)}>
          {column.title}
          <span aria-hidden="true">{own === null ? "" : own.down ? " ↓" : " ↑"}</span>
        </button>
      ) : (
        column.title
      )}
    </th>
  );
}

function cellClass<T>(column: Column<T>): string {
  return `${column.end ? "end" : ""} ${column.minor ? "minor" : ""}`.trim();
}

function inOrder<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  order: { key: string; down: boolean },
): readonly T[] {
  const text = columns.find((one) => one.key === order.key)?.text;
  if (!text) return rows;
  const compare = new Intl.Collator(undefined, { numeric: true }).compare;
  const by = (a: T, b: T) => {
    const [x, y] = [text(a), text(b)];
    return typeof x === "number" && typeof y === "number" ? x - y : compare(String(x), String(y));
  };
  return [...rows].sort((a, b) => (order.down ? by(b, a) : by(a, b)));
}

function download<T>(name: string, columns: readonly Column<T>[], rows: readonly T[]): void {
  const told = columns.filter((one) => one.text);
  const lines = rows.map((row) => told.map((one) => String(one.text?.(row) ?? "")));
  save(`${name}.csv`, csv([told.map((one) => one.title), ...lines]));
}
