import { Link } from "react-router";

export function NotFoundPage() {
  return (
    <section className="card empty">
      <h1>There is nothing here</h1>
      <p>It may have been removed, or the address has a typo.</p>
      <p><Link className="btn" to="/">Back to the overview</Link></p>
    </section>
  );
}
