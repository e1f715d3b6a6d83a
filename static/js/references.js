/* References for the next message: dropped, pasted, picked, or by address. Each is sent at once and comes back as a
   chip in the tray; what is being typed stays as it is. One after the other, so that none replaces another on its way. */
const composer = document.getElementById("composer");

function start() {
  const give = document.getElementById("give");
  const field = composer.querySelector("textarea");
  const address = document.getElementById("reference-url");
  const picker = document.getElementById("reference-file");
  const add = document.getElementById("reference-add");
  const offer = document.getElementById("offer");
  const status = document.getElementById("giving");
  const answered = new Set();
  let line = Promise.resolve();

  const send = (name, values) => {
    line = line.then(async () => {
      status.textContent = `Adding ${name}`;
      await htmx.ajax("POST", give.action, { source: give, target: give, swap: "none", values }).catch(() => {});
      status.textContent = "";
    });
    return line;
  };
  const refuse = (name, text) => document.dispatchEvent(new CustomEvent("toast", { detail: { tone: "cherry", title: `${name} cannot be used`, text } }));
  const giveFiles = (files) => {
    for (const file of files) {
      if (!picker.accept.split(",").includes(file.type)) refuse(file.name, "A picture is needed: PNG, JPEG, WebP, GIF or AVIF.");
      else if (file.size > Number(picker.dataset.mostBytes)) refuse(file.name, "It is larger than 10 MB; make it smaller.");
      else send(file.name, { file });
    }
  };
  const givePage = (url) => {
    answered.add(url);
    offer.hidden = true;
    return send(url, { url });
  };

  add.hidden = false;
  add.addEventListener("click", async () => {
    const url = address.value.trim();
    if (!url) return address.focus();
    address.value = "";
    document.getElementById("add-reference").hidePopover();
    field.focus();
    await givePage(url);
  });
  address.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    add.click();
  });
  picker.addEventListener("change", () => {
    giveFiles(picker.files);
    picker.value = "";
    document.getElementById("add-reference").hidePopover();
    field.focus();
  });

  // What was still in the fields went with the message.
  composer.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt === composer && event.detail.successful) address.value = picker.value = "";
  });

  // An address in the text offers itself, once.
  field.addEventListener("input", () => {
    const found = field.value.match(/\bhttps?:\/\/[^\s<>"')\]]+[^\s<>"')\].,;:!?]/g)?.find((url) => !answered.has(url));
    offer.hidden = !found;
    if (found) offer.querySelector("strong").textContent = offer.dataset.url = found;
  });
  offer.addEventListener("click", (event) => {
    const choice = event.target.closest("button")?.value;
    if (choice === "add") givePage(offer.dataset.url);
    if (choice === "no") { answered.add(offer.dataset.url); offer.hidden = true; }
    if (choice) field.focus();
  });

  field.addEventListener("paste", (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    giveFiles(event.clipboardData.files);
  });

  // Dropped beside the conversation, a file would replace the page and what is typed in it.
  const pane = document.getElementById("pane-chat");
  const carries = (event) => ["Files", "text/uri-list"].some((type) => event.dataTransfer?.types.includes(type));
  addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    const here = pane.contains(event.target);
    composer.classList.toggle("is-dropping", here);
    event.preventDefault();
    event.dataTransfer.dropEffect = here ? "copy" : "none";
  });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) composer.classList.remove("is-dropping"); });
  addEventListener("drop", (event) => {
    composer.classList.remove("is-dropping");
    if (!carries(event)) return;
    event.preventDefault();
    const { files } = event.dataTransfer;
    const url = event.dataTransfer.getData("text/uri-list").split("\n").find((text) => /^https?:/.test(text));
    if (files.length) giveFiles(files);
    else if (url) givePage(url.trim());
  });
}

if (composer) start();
