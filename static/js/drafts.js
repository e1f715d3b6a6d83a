/* What was typed and not yet sent, by the name of its composer. */
const name = (key) => `orchard.draft.${key}`;

export const drafts = {
  get: (key) => { try { return localStorage.getItem(name(key)) ?? ""; } catch { return ""; } },
  set: (key, text) => {
    try {
      if (text) localStorage.setItem(name(key), text);
      else localStorage.removeItem(name(key));
    } catch { /* private mode: the field itself still has it */ }
  },
};
