// The card is asked for only when somebody pays by card; without this module it stands there all the time.
const payment = document.querySelector("select[name$='payment'], select[name*='pay']");
const card = document.querySelector("[data-card-part]");
if (payment && card) {
  const show = () => {
    card.hidden = payment.value !== "" && !/card|credit|debit|visa/i.test(payment.value);
  };
  payment.addEventListener("change", show);
  show();
}

document.querySelector("[data-print]")?.addEventListener("click", () => print());
