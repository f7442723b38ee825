// Elements of the page, made by its scripts. Text from records is text, never markup.
"use strict";

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes and children; what is undefined or false is left out. */
function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

function drawn(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== false));
  return made;
}

/** Where an element is, so that `elementAt` finds its like after the page was renewed: the nearest part with an id, and the
 *  way from there. */
function placeOf(found) {
  const way = [];
  let part = found;
  for (; part !== null && part !== document.body && part.id === ""; part = part.parentElement)
    way.unshift([...part.parentElement.children].indexOf(part));
  return { id: part?.id, way, name: found?.nodeName };
}

function elementAt(place) {
  if (!place?.id) return undefined;
  const found = place.way.reduce((part, i) => part?.children[i], document.getElementById(place.id));
  return found?.nodeName === place.name ? found : undefined;
}

/** A group of buttons of which one is pressed. */
function choice(label, values, chosen, choose) {
  const group = element("div", { class: "choice", role: "group", "aria-label": label });
  const buttons = values.map((value) =>
    element(
      "button",
      {
        type: "button",
        "aria-pressed": String(value === chosen),
        onclick: ({ currentTarget }) => {
          buttons.forEach((one) => one.setAttribute("aria-pressed", String(one === currentTarget)));
          choose(value);
        },
      },
      value,
    ),
  );
  group.append(...buttons);
  return group;
}
