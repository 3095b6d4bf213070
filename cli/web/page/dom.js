// Builds elements. Text only ever enters as text: nothing here, or anywhere in the page, parses
// HTML.

// el('button', {class: 'quiet', onclick: f}, 'Close') - attributes, listeners, then children.
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

export function byId(id) {
  return document.getElementById(id);
}

// Leaves the document alone where nothing would change: a live region would speak again.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function replace(element, ...children) {
  element.replaceChildren(...children.flat().filter((child) => child !== null));
}

// Runs `work` once in the next frame, however often it was asked for.
export function oncePerFrame(work) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      work();
    });
  };
}

// Leaves a list alone that would read the same: a button in it may have the focus, or a finger.
export function replaceIfOther(list, data, itemOf) {
  const text = JSON.stringify(data);
  if (list.dataset.shown === text) return;
  list.dataset.shown = text;
  replace(list, data.map(itemOf));
}
