/* Pushed fragments are morphed in: only what differs changes. What the reader sets herself stays hers:
   attributes named in data-keep ("open", "aria-pressed"), and the value of the field she types in. */
Idiomorph.defaults.ignoreActiveValue = true;
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (attribute, element) =>
  !(element.dataset.keep ?? "").split(" ").includes(attribute);
