// One field of a form: its label, the right control, its hint and what is wrong with it.
import { useId } from "react";

import { kinds } from "../entities";
import { useLoaded } from "../loading";
import { type Field, type FieldType, heading, type Row, titleOf } from "../records";
import { Icon } from "./Icon";

const MOST_OPTIONS = 200;
const TYPES: Partial<Record<FieldType, string>> = {
  integer: "number", decimal: "number", date: "date", datetime: "datetime-local", time: "time", email: "email",
  url: "url", phone: "tel", color: "color", image: "file", file: "file",
};

interface Given {
  field: Field;
  value: unknown;
  errors: readonly string[];
  /** A password: not to be read over the shoulder. */
  secret?: boolean;
  onChange: (value: unknown) => void;
}

export function Input(given: Given) {
  const { field, value, errors, onChange } = given;
  const id = useId();
  const described = [field.help && `${id}-help`, errors.length && `${id}-error`].filter(Boolean).join(" ");
  const wide = field.type === "text" || field.type === "json" || field.type === "links";
  const hints = (
    <>
      {field.help && <span className="field__hint" id={`${id}-help`}>{field.help}</span>}
      {errors.length > 0 && (
        <span className="field__error" id={`${id}-error`}><Icon name="alert" />{errors.join(" ")}</span>
      )}
    </>
  );
  if (field.type === "boolean") {
    return (
      <div className="field">
        <label className="check">
          <input className="box" type="checkbox" checked={value === true} aria-describedby={described || undefined}
            onChange={(event) => onChange(event.target.checked)} />
          <span>{heading(field.label)}</span>
        </label>
        {hints}
      </div>
    );
  }
  if (field.type === "links") return <Links {...given} hints={hints} />;
  return (
    <div className={wide ? "field field--wide" : "field"}>
      <label className="field__label" htmlFor={id}>
        {heading(field.label)}{!field.required && <small> (optional)</small>}
      </label>
      <Control {...given} id={id} described={described} />
      {hints}
    </div>
  );
}

function Control({ field, value, errors, secret, onChange, id, described }: Given & { id: string; described: string }) {
  const shared = {
    id,
    name: field.name,
    "aria-invalid": errors.length > 0 || undefined,
    "aria-describedby": described || undefined,
    "aria-required": field.required || undefined,
  };
  if (field.type === "text" || field.type === "json") {
    return <textarea className="textarea" rows={5} {...shared} value={String(value)} onChange={(event) => onChange(event.target.value)} />;
  }
  if (field.type === "choice") {
    return <Select {...shared} options={field.choices ?? []} required={field.required} value={String(value)} onChange={onChange} />;
  }
  if (field.type === "link") {
    return <LinkSelect field={field} shared={shared} value={String(value)} onChange={onChange} />;
  }
  if (field.type === "image" || field.type === "file") {
    return (
      <input className="input" type="file" accept={field.type === "image" ? "image/*" : undefined} {...shared}
        onChange={(event) => onChange(event.target.files?.[0])} />
    );
  }
  return (
    <input className="input" type={secret ? "password" : (TYPES[field.type] ?? "text")} step={field.type === "decimal" ? "any" : undefined} {...shared}
      inputMode={field.type === "money" ? "decimal" : undefined}
      value={String(value)} onChange={(event) => onChange(event.target.value)} />
  );
}

function Select({ options, required, value, onChange, ...shared }: {
  options: readonly (readonly [string, string])[];
  required: boolean | undefined;
  value: string;
  onChange: (value: unknown) => void;
}) {
  return (
    <select className="select" {...shared} value={value} onChange={(event) => onChange(event.target.value)}>
      <option value="">{required ? "Choose one" : "None"}</option>
      {options.map(([known, label]) => <option key={known} value={known}>{label}</option>)}
    </select>
  );
}

function useOptions(field: Field): readonly (readonly [string, string])[] {
  const kind = kinds.find((one) => one.slug === field.target);
  const none = { count: 0, results: [] as Row[] };
  const { data } = useLoaded(`options/${field.target}`, async () => (kind ? await kind.list({ page_size: MOST_OPTIONS }) : none));
  return (data?.results ?? []).map((record) => [String(record.id), kind ? titleOf(kind, record) : String(record.id)]);
}

function LinkSelect({ field, shared, value, onChange }: {
  field: Field;
  shared: object;
  value: string;
  onChange: (value: unknown) => void;
}) {
  return <Select {...shared} options={useOptions(field)} required={field.required} value={value} onChange={onChange} />;
}

function Links({ field, value, onChange, hints }: Given & { hints: React.ReactNode }) {
  const chosen = value as number[];
  const options = useOptions(field);
  const toggle = (id: number, on: boolean) => onChange(on ? [...chosen, id] : chosen.filter((one) => one !== id));
  return (
    <div className="field field--wide">
      <fieldset>
        <legend className="field__label">{heading(field.label)}{!field.required && <small> (optional)</small>}</legend>
        <div className="choices">
          {options.map(([id, label]) => (
            <label className="check" key={id}>
              <input className="box" type="checkbox" checked={chosen.includes(Number(id))}
                onChange={(event) => toggle(Number(id), event.target.checked)} />
              <span>{label}</span>
            </label>
          ))}
          {!options.length && <span className="field__hint">There is nothing to choose yet.</span>}
        </div>
      </fieldset>
      {hints}
    </div>
  );
}
