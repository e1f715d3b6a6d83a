// Adding and changing a record: the service decides what is right, its words stand beside each field.
import { useRef, useState } from "react";
import { Link, useNavigate } from "react-router";

import { ApiError } from "../api/client";
import { asApiError, useLoaded } from "../loading";
import { Icon } from "../parts/Icon";
import { Input } from "../parts/Input";
import type { RecordsPage } from "../parts/RecordsRoute";
import { APP_NAME } from "../parts/Shell";
import { Trouble } from "../parts/Trouble";
import { type AnyKind, heading, type Row, sent, shown, titleOf, type Values } from "../records";

export function FormPage({ kind, id }: RecordsPage) {
  const isNew = Number.isNaN(id);
  const { data, error, reload } = useLoaded(`form/${kind.slug}/${id}`, async () => (isNew ? null : await kind.read(id)));
  if (error) return <Trouble error={error} retry={reload} />;
  if (data === undefined) return <p role="status">Loading …</p>;
  if (isNew ? !kind.create : !kind.update) {
    return <Trouble error={new ApiError(403, `${heading(kind.labelPlural)} are written by the app itself.`)} />;
  }
  return <RecordForm kind={kind} record={data} />;
}

function RecordForm({ kind, record }: { kind: AnyKind; record: Row | null }) {
  const navigate = useNavigate();
  const fields = kind.fields.filter((field) => !field.readOnly);
  const [values, setValues] = useState<Values>(() =>
    Object.fromEntries(fields.map((field) => [field.name, shown(field, record?.[field.name])])),
  );
  const [error, setError] = useState<ApiError>();
  const [saving, setSaving] = useState(false);
  const summary = useRef<HTMLDivElement>(null);
  const back = record ? `/app/${kind.slug}/${record.id}` : `/app/${kind.slug}`;
  const title = record ? `Edit ${titleOf(kind, record)}` : `Add ${kind.label}`;

  const save = async () => {
    setSaving(true);
    try {
      const body = sent(kind, values);
      const saved = record ? await kind.update!(record.id, body) : await kind.create!(body);
      await navigate(`/app/${kind.slug}/${saved.id}`);
    } catch (trouble) {
      setError(asApiError(trouble));
      setSaving(false);
      requestAnimationFrame(() => summary.current?.focus());
    }
  };

  const wrong = Object.keys(error?.fields ?? {}).length;
  const elsewhere = Object.entries(error?.fields ?? {}).filter(([name]) => !fields.some((field) => field.name === name));
  return (
    <form className="stack stack--wide" noValidate onSubmit={(event) => { event.preventDefault(); void save(); }}>
      <title>{`${title} · ${APP_NAME}`}</title>
      <div className="page__head"><div><h1>{title}</h1></div></div>
      {error && (
        <div className="alert" data-tone="danger" role="alert" ref={summary} tabIndex={-1}>
          <Icon name="alert" />
          <div>
            <b>{wrong ? `${wrong} ${wrong === 1 ? "thing" : "things"} to fix before saving` : error.message}</b>
            {elsewhere.map(([name, words]) => <p key={name}>{words.join(" ")}</p>)}
          </div>
        </div>
      )}
      <section className="card">
        <div className="formset">
          {fields.map((field) => (
            <Input key={field.name} field={field} value={values[field.name]} errors={error?.fields[field.name] ?? []}
              onChange={(value) => setValues((held) => ({ ...held, [field.name]: value }))} />
          ))}
        </div>
      </section>
      <div className="formbar">
        <button className="btn btn--primary" type="submit" disabled={saving}>{saving ? "Saving …" : `Save ${kind.label}`}</button>
        <Link className="btn btn--ghost" to={back}>Cancel</Link>
      </div>
    </form>
  );
}
