// What the pages know about a kind of record. Each kind is described in entities/.

export type FieldType =
  | "string" | "text" | "integer" | "decimal" | "money" | "boolean" | "date" | "time" | "datetime"
  | "duration" | "email" | "url" | "phone" | "color" | "choice" | "image" | "file" | "json" | "uuid"
  | "link" | "links";

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly type: FieldType;
  readonly required?: boolean;
  readonly readOnly?: boolean;
  readonly choices?: readonly (readonly [value: string, label: string])[];
  /** The slug of the kind a link leads to. */
  readonly target?: string;
  readonly help?: string;
}

export interface Row {
  readonly id: number;
  readonly [name: string]: unknown;
}

export type Values = Record<string, unknown>;

export interface ListQuery {
  search?: string;
  ordering?: string;
  page?: number;
  page_size?: number;
}

export interface Page<Read> {
  count: number;
  results: Read[];
}

/** `Read` is a record as the service tells it, `Write` what it is sent. */
export interface Kind<Read, Write> {
  readonly slug: string;
  readonly label: string;
  readonly labelPlural: string;
  readonly icon: string;
  readonly listed: boolean;
  /** The field that names a record to people, "" for none. */
  readonly title: string;
  readonly columns: readonly string[];
  readonly sortable: readonly string[];
  readonly searchable: boolean;
  readonly fields: readonly Field[];
  list(query: ListQuery): Promise<Page<Read>>;
  read(id: number): Promise<Read>;
  create?(values: Write): Promise<Read>;
  update?(id: number, values: Write): Promise<Read>;
  remove?(id: number): Promise<unknown>;
}

export type AnyKind = Kind<Row, Values>;

/** The pages treat all kinds alike; what each sends and gets is checked where it is described. */
export function kindOf<Read extends { readonly id: number }, Write>(kind: Kind<Read, Write>): AnyKind {
  return kind as unknown as AnyKind;
}

export function titleOf(kind: AnyKind, record: Row): string {
  const title = kind.title ? record[kind.title] : "";
  return title ? String(title) : `${heading(kind.label)} ${record.id}`;
}

export function heading(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function fieldOf(kind: AnyKind, name: string): Field {
  const known = kind.fields.find((field) => field.name === name);
  return known ?? { name, label: name.replaceAll("_", " "), type: name.endsWith("_at") ? "datetime" : "string" };
}

const NEVER_EMPTY_TEXT: readonly FieldType[] = [
  "integer", "decimal", "money", "date", "time", "datetime", "duration", "json", "uuid", "link",
];

/** What a form holds, as the service takes it. Raises SyntaxError where JSON is none. */
export function sent(kind: AnyKind, given: Values): Values {
  const values: Values = {};
  for (const field of kind.fields) {
    const value = given[field.name];
    if (field.readOnly || value === undefined) continue;
    if (field.type === "image" || field.type === "file") {
      if (value instanceof File) values[field.name] = value;
    } else if (value === "" && NEVER_EMPTY_TEXT.includes(field.type)) {
      values[field.name] = null;
    } else if (field.type === "integer" || field.type === "link") {
      values[field.name] = Number(value);
    } else if (field.type === "decimal") {
      values[field.name] = Number(value);
    } else if (field.type === "datetime") {
      values[field.name] = new Date(String(value)).toISOString();
    } else if (field.type === "json") {
      values[field.name] = JSON.parse(String(value)) as unknown;
    } else {
      values[field.name] = value;
    }
  }
  return values;
}

/** A record as a form shows it. */
export function shown(field: Field, value: unknown): unknown {
  if (field.type === "boolean") return value === true;
  if (field.type === "links") return value ?? [];
  if (value === null || value === undefined) return "";
  if (field.type === "json") return JSON.stringify(value, null, 2);
  if (field.type === "datetime") return local(new Date(String(value)));
  return value;
}

function local(moment: Date): string {
  const shifted = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}
