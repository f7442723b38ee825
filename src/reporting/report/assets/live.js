// Follows running experiments: fetches the page anew when its server says that it changed.
"use strict";

const live = {
  async renew() {
    const answer = await fetch("/");
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const restore = [live.unfolded(), live.filled(), live.pressed(), live.sorted(), live.focused()];
    document.querySelector("main").replaceWith(page.querySelector("main"));
    document.querySelector("nav").replaceWith(page.querySelector("nav"));
    window.report.start();
    window.texts.start();
    window.search.start();
    window.runs.start();
    window.trials.start();
    window.figures.start();
    restore.forEach((again) => again());
  },

  // Each remembers something of the page, and gives back what restores it on the new one.

  all: (selector) => [...document.querySelectorAll(`main ${selector.replaceAll(", ", ", main ")}`)],

  unfolded() {
    const places = live.all("details[open]").map(placeOf);
    return () => places.forEach((place) => elementAt(place)?.setAttribute("open", ""));
  },

  filled() {
    const held = live.all("input[type=search], select").flatMap((field) => (field.value === "" ? [] : [field]));
    const values = held.map((field) => [placeOf(field), field.value]);
    return () =>
      values.forEach(([place, value]) => {
        const field = elementAt(place);
        if (field === undefined) return;
        field.value = value;
        field.dispatchEvent(new Event("input", { bubbles: true }));
        field.dispatchEvent(new Event("change", { bubbles: true }));
      });
  },

  /** Switches of figures, and names in their legends. */
  pressed() {
    const held = live
      .all(".choice button, .drawing [data-name]")
      .map((part) => [placeOf(part), part.getAttribute("aria-pressed")]);
    return () =>
      held.forEach(([place, pressed]) => {
        const part = elementAt(place);
        const turned = part !== undefined && part.getAttribute("aria-pressed") !== pressed;
        if (turned && (pressed === "true" || part.dataset.name !== undefined)) part.dispatchEvent(new Event("click"));
      });
  },

  sorted() {
    const held = live.all("th[aria-sort]").map((head) => [placeOf(head), head.getAttribute("aria-sort")]);
    return () =>
      held.forEach(([place, order]) => {
        const head = elementAt(place);
        for (let i = 0; i < 2 && head?.getAttribute("aria-sort") !== order; i++) head?.querySelector("button")?.click();
      });
  },

  focused() {
    const focus = document.activeElement;
    const place = placeOf(focus);
    return () => document.activeElement === document.body && elementAt(place)?.focus({ preventScroll: true });
  },

  say(text) {
    document.getElementById("live").textContent = text;
  },
};

const events = new EventSource("/events");
events.addEventListener("open", () => live.say("Live"));
events.addEventListener("error", () => live.say("The server has gone; this is its last page."));
events.addEventListener("changed", () => live.renew());
