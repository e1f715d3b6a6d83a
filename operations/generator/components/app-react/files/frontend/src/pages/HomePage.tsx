import { Link } from "react-router";

import { kinds } from "../entities";
import { useLoaded } from "../loading";
import { Icon } from "../parts/Icon";
import { APP_NAME } from "../parts/Shell";
import { type AnyKind, heading, titleOf } from "../records";
import { useSession } from "../session";

export function HomePage() {
  const session = useSession();
  const listed = kinds.filter((kind) => kind.listed && session.may("list", kind.slug));
  return (
    <>
      <title>{APP_NAME}</title>
      <div className="page__head"><div><h1>Overview</h1></div></div>
      {listed.length ? (
        <div className="grid">{listed.map((kind) => <Newest key={kind.slug} kind={kind} />)}</div>
      ) : (
        <p className="muted">What is kept here is shown to people who sign in.</p>
      )}
    </>
  );
}

function Newest({ kind }: { kind: AnyKind }) {
  const session = useSession();
  const { data, error } = useLoaded(kind.slug, () => kind.list({ ordering: "-id", page_size: 5 }));
  return (
    <section className="card">
      <h2><Link to={`/app/${kind.slug}`}><Icon name={kind.icon} /> {heading(kind.labelPlural)}</Link></h2>
      {error && <p role="alert">{error.message}</p>}
      {data && <p className="muted">{data.count ? `${data.count} in all.` : `No ${kind.labelPlural} yet.`}</p>}
      <ul className="list">
        {data?.results.map((record) => (
          <li key={record.id}><Link to={`/app/${kind.slug}/${record.id}`}>{titleOf(kind, record)}</Link></li>
        ))}
      </ul>
      {kind.create && session.may("create", kind.slug) && (
        <p><Link className="btn btn--sm" to={`/app/${kind.slug}/new`}><Icon name="plus" />Add {kind.label}</Link></p>
      )}
    </section>
  );
}
