// The kind and the number in an address, as properties of a page.
import type { ComponentType } from "react";
import { useParams } from "react-router";

import { kinds } from "../entities";
import { NotFoundPage } from "../pages/NotFoundPage";
import type { AnyKind } from "../records";

export interface RecordsPage {
  kind: AnyKind;
  /** NaN where the address has none. */
  id: number;
}

export function RecordsRoute({ page: Page }: { page: ComponentType<RecordsPage> }) {
  const { slug, id } = useParams();
  const kind = kinds.find((one) => one.slug === slug);
  if (!kind || (id && !/^\d+$/.test(id))) return <NotFoundPage />;
  return <Page key={`${kind.slug}/${id ?? ""}`} kind={kind} id={id ? Number(id) : NaN} />;
}
