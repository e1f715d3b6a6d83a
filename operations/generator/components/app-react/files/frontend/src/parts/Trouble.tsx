import type { ApiError } from "../api/client";
import { Icon } from "./Icon";

/** What went wrong, and what to do next. */
export function Trouble({ error, retry }: { error: ApiError; retry?: () => void }) {
  return (
    <section className="card empty" role="alert">
      <h2><Icon name="alert" /> That did not work</h2>
      <p>{error.message}</p>
      {retry && error.status !== 404 && <p><button className="btn" type="button" onClick={retry}>Try again</button></p>}
    </section>
  );
}
