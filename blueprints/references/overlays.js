// What is done to a captured page before it is looked at. Runs in the page's own world, so nothing it
// returns is believed: the caller parses it.

// Layers over the page that ask for cookies, a newsletter, an app. A "reject" is pressed where one is
// found, then "accept"; what still covers the page is taken away.
() => {
  const words = {
    reject: /^(reject|decline|refuse|deny)( all| cookies| optional| non-essential)*$|^(only|use) (necessary|essential)( cookies)?( only)?$|^(alle )?ablehnen$|^tout refuser$|^rechazar( todo| todas)?$/i,
    accept: /^(accept|allow|agree|got it|ok|okay|i agree|i accept|understood|continue)( all| cookies| and close| & close)*[.!]?$|^(alle )?akzeptieren$|^tout accepter$|^aceptar( todo| todas)?$/i,
    close: /^(close|dismiss|no,? thanks?|not now|maybe later|skip|×|✕|x)$/i,
  };
  const roots = [document];
  for (let index = 0; index < roots.length && index < 200; index += 1) {
    for (const element of roots[index].querySelectorAll("*")) if (element.shadowRoot) roots.push(element.shadowRoot);
  }
  const all = (selector) => roots.flatMap((root) => [...root.querySelectorAll(selector)]);
  const shown = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && getComputedStyle(element).visibility !== "hidden";
  };
  const layered = (element) => {
    for (let at = element; at && at !== document.documentElement; at = at.parentElement ?? at.getRootNode().host) {
      const style = getComputedStyle(at);
      if (style.position === "fixed" || style.position === "sticky" || at.tagName === "DIALOG") return true;
      if (at.getAttribute("aria-modal") === "true" || at.getAttribute("role") === "dialog") return true;
      if (/cookie|consent|gdpr|onetrust|didomi|cmp/i.test(`${at.id} ${at.className}`)) return true;
    }
    return false;
  };
  const label = (element) => (element.innerText || element.value || element.getAttribute("aria-label") || "").trim();
  let pressed = "";
  for (const kind of ["reject", "accept", "close"]) {
    const button = all("button, [role=button], input[type=button], input[type=submit], a").find(
      (element) => shown(element) && label(element).length < 40 && words[kind].test(label(element)) && layered(element),
    );
    if (button) {
      pressed = kind;
      button.click();
      break;
    }
  }
  const width = innerWidth;
  const height = innerHeight;
  let removed = 0;
  for (const element of all("body *")) {
    const style = getComputedStyle(element);
    if (style.position !== "fixed" || !shown(element)) continue;
    const box = element.getBoundingClientRect();
    const covers = (Math.min(box.right, width) - Math.max(box.left, 0)) * (Math.min(box.bottom, height) - Math.max(box.top, 0));
    const consent = /cookie|consent|gdpr|onetrust|didomi|cmp-|newsletter|paywall/i.test(`${element.id} ${element.className}`);
    if (covers > width * height * 0.5 || (consent && covers > 0)) {
      element.style.setProperty("display", "none", "important");
      removed += 1;
    }
  }
  for (const root of [document.documentElement, document.body]) {
    if (root && getComputedStyle(root).overflowY === "hidden" && root.scrollHeight > height) {
      root.style.setProperty("overflow", "visible", "important");
    }
  }
  return { pressed, removed };
}
