/* Pushed fragments are morphed in: only what differs changes. What the reader sets herself stays hers:
   attributes named in data-keep ("open", "aria-pressed"), the value of the field she types in, and a form she
   has opened (data-mine), even where what it was about is gone. */
Idiomorph.defaults.ignoreActiveValue = true;
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (attribute, element) =>
  !(element.dataset.keep ?? "").split(" ").includes(attribute);
Idiomorph.defaults.callbacks.beforeNodeRemoved = (node) =>
  !(node instanceof Element && (node.matches("[data-mine]") || node.querySelector("[data-mine]")));
