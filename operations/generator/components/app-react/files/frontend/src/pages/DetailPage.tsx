import { Fragment, useState } from "react";
import { Link, useNavigate } from "react-router";

import { asApiError, useLoaded } from "../loading";
import { Icon } from "../parts/Icon";
import type { RecordsPage } from "../parts/RecordsRoute";
import { APP_NAME } from "../parts/Shell";
import { Trouble } from "../parts/Trouble";
import { Value } from "../parts/Value";
import { heading, titleOf } from "../records";
import { useSession } from "../session";

export function DetailPage({ kind, id }: RecordsPage) {
  const session = useSession();
  const navigate = useNavigate();
  const { data: record, error, reload } = useLoaded(`${kind.slug}/${id}`, () => kind.read(id));
  const [asking, setAsking] = useState(false);
  const [refused, setRefused] = useState("");
  const list = `/app/${kind.slug}`;
  if (error) return <Trouble error={error} retry={reload} />;
  if (!record) return <p role="status">Loading …</p>;
  const remove = async () => {
    try {
      await kind.remove?.(id);
      await navigate(list);
    } catch (trouble) {
      setAsking(false);
      setRefused(asApiError(trouble).message);
    }
  };
  return (
    <>
      <title>{`${titleOf(kind, record)} · ${APP_NAME}`}</title>
      <div className="page__head">
        <div>
          <p className="small"><Link to={list}>{heading(kind.labelPlural)}</Link></p>
          <h1>{titleOf(kind, record)}</h1>
        </div>
        <div className="page__actions">
          {kind.remove && session.may("delete", kind.slug) && !asking && (
            <button className="btn btn--ghost" data-tone="danger" type="button" onClick={() => setAsking(true)}>
              <Icon name="trash" />Delete
            </button>
          )}
          {kind.update && session.may("update", kind.slug) && (
            <Link className="btn btn--primary" to={`${list}/${id}/edit`}><Icon name="edit" />Edit</Link>
          )}
        </div>
      </div>
      {refused && <p className="field__error" role="alert"><Icon name="alert" />{refused}</p>}
      {asking && (
        <section className="card" role="alertdialog" aria-label={`Delete ${kind.label}?`}>
          <p>Delete “{titleOf(kind, record)}”? What belongs to it goes too.</p>
          <p className="cluster">
            <button className="btn btn--primary" data-tone="danger" type="button" autoFocus onClick={() => void remove()}>Delete it</button>
            <button className="btn btn--ghost" type="button" onClick={() => setAsking(false)}>Keep it</button>
          </p>
        </section>
      )}
      <section className="card">
        <dl className="dl dl--rules">
          {kind.fields.map((field) => (
            <Fragment key={field.name}>
              <dt>{heading(field.label)}</dt>
              <dd><Value field={field} record={record} /></dd>
            </Fragment>
          ))}
        </dl>
      </section>
    </>
  );
}
