// The server's side of the world: its map, its people, its stream.

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 15000;
const SILENCE_MS = 8000;

export function createServer({ world, stream, agents, commands, csrfToken }) {
  async function getJson(url) {
    const response = await fetch(url, { headers: { accept: "application/json" } });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return response.json();
  }

  return {
    map: () => getJson(world),
    profile: (id) => getJson(`${agents}${encodeURIComponent(id)}/`),

    // Every agent, page by page.
    async roster() {
      const all = [];
      for (let url = agents; url;) {
        const page = await getJson(url);
        all.push(...page.results);
        // Only the query: behind a proxy the absolute address may name another scheme.
        url = page.next ? agents + new URL(page.next, location.href).search : null;
      }
      return all;
    },

    async command(name, value) {
      const response = await fetch(commands, {
        method: "POST",
        headers: { "content-type": "application/json", "x-csrftoken": csrfToken ?? "" },
        body: JSON.stringify({ name, value }),
      });
      if (!response.ok) throw new Error(`${commands} answered ${response.status}`);
    },

    // Calls onSnapshot with each moment and onState with "live" or "lost", until the page goes away.
    // EventSource gives up on an error status, and cannot tell a silent line: both start over here.
    watch(onSnapshot, onState) {
      let source;
      let silence;
      let retry = FIRST_RETRY_MS;

      const heard = () => {
        clearTimeout(silence);
        silence = setTimeout(restart, SILENCE_MS);
      };
      const restart = () => {
        source.close();
        clearTimeout(silence);
        onState("lost");
        setTimeout(open, retry);
        retry = Math.min(retry * 2, LONGEST_RETRY_MS);
      };
      const open = () => {
        source = new EventSource(stream);
        heard();
        source.addEventListener("snapshot", (event) => {
          retry = FIRST_RETRY_MS;
          heard();
          onState("live");
          onSnapshot(JSON.parse(event.data));
        });
        source.addEventListener("error", restart);
      };
      open();
      addEventListener("pagehide", () => source.close());
      addEventListener("pageshow", (event) => event.persisted && restart());
    },
  };
}
