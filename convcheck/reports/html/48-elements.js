/* Parts of a page, made by hand: texts are always texts, styles are classes. */
{
  /**
   * An element with these attributes and children.
   * @param {string} tag
   * @param {Object<string, *>} attributes functions are listeners; true and false are flags
   */
  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "function") made.addEventListener(name, value);
      else if (typeof value === "boolean") made.toggleAttribute(name, value);
      else if (value !== null && value !== undefined) made.setAttribute(name, value);
    }
    made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
    return made;
  }

  const button = (text, label, click) =>
    element("button", { type: "button", "aria-label": label, title: label, click }, text);

  /** A chooser of [value, text] pairs, with its label. */
  function chooser(label, options, change) {
    const select = element("select", { "aria-label": label, change: () => change(select.value) },
      options.map(([value, text]) => element("option", { value }, text)));
    return { select, field: element("label", { class: "field" }, label, " ", select) };
  }

  /** A box to tick, with its label. */
  function tick(label, checked, change) {
    const box = element("input", { type: "checkbox", change: () => change(box.checked) });
    box.checked = checked;
    return { box, field: element("label", { class: "field" }, box, " ", label) };
  }

  convcheck.elements = { element, button, chooser, tick };
}
