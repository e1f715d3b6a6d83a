// One value of a record, as people read it.
import { Link } from "react-router";

import { kinds } from "../entities";
import { useLoaded } from "../loading";
import { type Field, type Row, titleOf } from "../records";

export function Value({ field, record }: { field: Field; record: Row }) {
  const value = record[field.name];
  if (value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length)) {
    return <span className="muted">–</span>;
  }
  const text = String(value);
  switch (field.type) {
    case "boolean":
      return value ? "Yes" : "No";
    case "choice":
      return <span className="badge">{field.choices?.find(([known]) => known === value)?.[1] ?? text}</span>;
    case "date":
      return <time dateTime={text}>{new Date(`${text}T00:00`).toLocaleDateString(undefined, { dateStyle: "medium" })}</time>;
    case "datetime":
      return <time dateTime={text}>{new Date(text).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })}</time>;
    case "email":
      return <a href={`mailto:${text}`}>{text}</a>;
    case "url":
      return /^https?:/.test(text) ? <a href={text} rel="noreferrer noopener">{text}</a> : text;
    case "image":
      return <img className="thumb" src={text} alt="" />;
    case "file":
      return <a href={text} download>{text.split("/").at(-1)}</a>;
    case "json":
      return <code>{JSON.stringify(value)}</code>;
    case "link":
      return <Linked slug={field.target ?? ""} id={Number(value)} />;
    case "links":
      return (value as number[]).map((id) => <span key={id}><Linked slug={field.target ?? ""} id={id} /> </span>);
    default:
      return text;
  }
}

function Linked({ slug, id }: { slug: string; id: number }) {
  const kind = kinds.find((one) => one.slug === slug);
  const { data } = useLoaded(`${slug}/${id}`, async () => (kind ? await remembered(kind.slug, id) : undefined));
  if (!kind) return String(id);
  return <Link to={`/app/${slug}/${id}`}>{data ? titleOf(kind, data) : `#${id}`}</Link>;
}

// A list names the same few records again and again: each is asked for once in a while.
const FRESH_MILLISECONDS = 10_000;
const asked = new Map<string, { at: number; record: Promise<Row> }>();

function remembered(slug: string, id: number): Promise<Row> {
  const key = `${slug}/${id}`;
  const known = asked.get(key);
  if (known && Date.now() - known.at < FRESH_MILLISECONDS) return known.record;
  const record = kinds.find((kind) => kind.slug === slug)!.read(id);
  record.catch(() => asked.delete(key));
  asked.set(key, { at: Date.now(), record });
  return record;
}
