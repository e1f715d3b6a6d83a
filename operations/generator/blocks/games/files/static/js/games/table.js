// What every game shares: the buttons, the score, and the form in which a result is kept.

export class Table {
  constructor({ start, pause }) {
    this.root = document.querySelector("[data-game]");
    this.stage = this.root.querySelector("[data-stage]");
    this.startButton = this.root.querySelector("[data-start]");
    this.pauseButton = this.root.querySelector("[data-pause]");
    this.startButton.addEventListener("click", () => {
      this.begin();
      start();
    });
    this.pauseButton.addEventListener("click", () => {
      this.paused = !this.paused;
      this.label(this.pauseButton, this.paused ? "Go on" : "Pause");
      this.say(this.paused ? "Paused." : "");
      pause?.(this.paused);
    });
  }

  begin() {
    this.paused = false;
    this.score(0);
    this.say("");
    this.root.querySelector("[data-result]").hidden = true;
    this.pauseButton.disabled = false;
    this.label(this.pauseButton, "Pause");
    this.label(this.startButton, "Start again");
    this.stage.focus();
  }

  score(points) {
    this.points = points;
    this.root.querySelector("[data-score]").textContent = points;
  }

  clock(text) {
    this.root.querySelector("[data-clock]").textContent = text;
  }

  say(text) {
    this.root.querySelector("[data-says]").textContent = text;
  }

  over(text) {
    this.say(`${text} ${this.points} points.`);
    this.pauseButton.disabled = true;
    if (this.points < 1) return;
    this.root.querySelector("[data-points]").value = this.points;
    this.root.querySelector("[data-result]").hidden = false;
  }

  label(button, text) {
    button.querySelector("span").textContent = text;
  }
}
