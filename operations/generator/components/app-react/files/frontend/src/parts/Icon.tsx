export function Icon({ name }: { name: string }) {
  return (
    <svg className="icon" aria-hidden="true">
      <use href={`/static/img/icons.svg#i-${name}`} />
    </svg>
  );
}
