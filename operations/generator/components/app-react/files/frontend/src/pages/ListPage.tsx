// All records of a kind: searched, sorted, in pages; what is chosen stands in the address.
import { Link, useSearchParams } from "react-router";

import { useLoaded } from "../loading";
import { Icon } from "../parts/Icon";
import type { RecordsPage } from "../parts/RecordsRoute";
import { APP_NAME } from "../parts/Shell";
import { Trouble } from "../parts/Trouble";
import { Value } from "../parts/Value";
import { fieldOf, heading, titleOf } from "../records";
import { useSession } from "../session";

const PAGE_SIZE = 24;

export function ListPage({ kind }: RecordsPage) {
  const session = useSession();
  const [params, setParams] = useSearchParams();
  const [search, sort] = [params.get("q") ?? "", params.get("sort") ?? ""];
  const page = Math.max(1, Number(params.get("page")) || 1);
  const { data, error, reload } = useLoaded(`${kind.slug}?${params}`, () =>
    kind.list({
      page,
      page_size: PAGE_SIZE,
      ...(search && { search }),
      ...(sort && { ordering: sort }),
    }),
  );
  const go = (changes: Record<string, string>) => {
    const next = { q: search, sort, ...changes };
    setParams(Object.fromEntries(Object.entries(next).filter(([, value]) => value)));
  };
  const add = kind.create && session.may("create", kind.slug) && (
    <Link className="btn btn--primary" to={`/app/${kind.slug}/new`}><Icon name="plus" />Add {kind.label}</Link>
  );
  const [first, ...columns] = kind.columns;
  const heads = first ? [first, ...columns] : [];
  return (
    <>
      <title>{`${heading(kind.labelPlural)} · ${APP_NAME}`}</title>
      <div className="page__head">
        <div>
          <h1>{heading(kind.labelPlural)}</h1>
          <p className="page__lead" role="status">{data ? `${data.count} ${search ? "found" : "in all"}.` : "Loading …"}</p>
        </div>
        <div className="page__actions">{add}</div>
      </div>
      {kind.searchable && (
        <form className="toolbar" role="search" key={search}
          action={(form) => go({ q: String(form.get("q") ?? "").trim() })}>
          <label className="search">
            <Icon name="search" />
            <input className="input" type="search" name="q" defaultValue={search}
              placeholder={`Search ${kind.labelPlural}`} aria-label={`Search ${kind.labelPlural}`} />
          </label>
          <button className="btn" type="submit">Search</button>
          {search && <button className="btn btn--ghost" type="button" onClick={() => go({ q: "" })}>Clear</button>}
        </form>
      )}
      {error && <Trouble error={error} retry={reload} />}
      {data && !data.results.length && (
        <section className="card empty">
          <h2>{search ? "No matches" : `No ${kind.labelPlural} yet`}</h2>
          <p>{search ? `No ${kind.labelPlural} match what you are looking for.` : "They appear here as soon as there are some."}</p>
        </section>
      )}
      {data && data.results.length > 0 && (
        <div className="card card--flush">
          <div className="table-wrap">
            <table className="table table--stack">
              <caption className="vh">{heading(kind.labelPlural)}</caption>
              <thead>
                <tr>
                  {heads.map((name) => (
                    <th key={name} scope="col" aria-sort={sort === name ? "ascending" : sort === `-${name}` ? "descending" : "none"}>
                      {kind.sortable.includes(name) ? (
                        <Link className="sort" to={`?${new URLSearchParams({ ...(search && { q: search }), sort: sort === name ? `-${name}` : name })}`}>
                          {heading(fieldOf(kind, name).label)}
                        </Link>
                      ) : heading(fieldOf(kind, name).label)}
                    </th>
                  ))}
                  {!first && <th scope="col">{heading(kind.label)}</th>}
                </tr>
              </thead>
              <tbody>
                {data.results.map((record) => (
                  <tr key={record.id}>
                    <th scope="row"><Link className="row-title" to={`/app/${kind.slug}/${record.id}`}>{titleOf(kind, record)}</Link></th>
                    {columns.map((name) => (
                      <td key={name} data-label={heading(fieldOf(kind, name).label)}>
                        <Value field={fieldOf(kind, name)} record={record} />
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </div>
      )}
      {data && data.count > PAGE_SIZE && (
        <nav className="pager" aria-label="Pages">
          <span>{(page - 1) * PAGE_SIZE + 1}–{Math.min(page * PAGE_SIZE, data.count)} of {data.count}</span>
          <span className="push cluster">
            {page > 1 && <button className="btn btn--sm" type="button" onClick={() => go({ page: String(page - 1) })}><Icon name="left" />Back</button>}
            {page * PAGE_SIZE < data.count && <button className="btn btn--sm" type="button" onClick={() => go({ page: String(page + 1) })}>More<Icon name="right" /></button>}
          </span>
        </nav>
      )}
    </>
  );
}
