/* Suggestions fill the composer, ready to be changed and sent. */
for (const button of document.querySelectorAll("[data-fill]")) button.addEventListener("click", () => {
  const field = document.querySelector(button.dataset.fill);
  field.value = button.textContent;
  field.dispatchEvent(new Event("input"));
  field.focus();
});
