// Follows running experiments: fetches the page anew when its server says that it changed.
"use strict";

const live = {
  async renew() {
    const answer = await fetch("/");
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const open = new Set([...document.querySelectorAll("details[open][id]")].map(({ id }) => id));
    document.querySelector("main").replaceWith(page.querySelector("main"));
    document.querySelector("nav").replaceWith(page.querySelector("nav"));
    open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
    window.report.start();
    window.texts.start();
    window.search.start();
    window.runs.start();
    window.trials.start();
    window.figures.start();
  },

  say(text) {
    document.getElementById("live").textContent = text;
  },
};

const events = new EventSource("/events");
events.addEventListener("open", () => live.say("Live"));
events.addEventListener("error", () => live.say("The server has gone; this is its last page."));
events.addEventListener("changed", () => live.renew());
