/* What the page does beside its viewers: copying, sorting, and starting a viewer when it is seen. */
{
  /** Buttons that copy the text of the element that they name. */
  function copying(button) {
    const text = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.querySelector(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(source.textContent.trim());
        button.textContent = "copied";
      } catch {  // a page opened from a file may not be let: select it, to be copied by hand
        getSelection().selectAllChildren(source);
        button.textContent = document.execCommand("copy") ? "copied" : "press Ctrl+C";
      }
      setTimeout(() => { button.textContent = text; }, 2000);
    });
  }

  /** What a cell is sorted by: a number where it has one. */
  function sortKey(row, column) {
    const cell = row.cells[column];
    const text = cell?.dataset.value ?? cell?.textContent.trim() ?? "";
    const number = text === "" ? NaN : Number(text.replace(/^\+?inf$/i, "Infinity").replace(/^-inf$/i, "-Infinity"));
    return Number.isNaN(number) ? text : number;
  }

  /** Numbers before texts, which are in the order of the reader's language. */
  function compare(a, b) {
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
    return a.localeCompare(b, undefined, { numeric: true });
  }

  /** A table whose rows a click on a header sorts, up first and then down. */
  function sorting(table) {
    const headers = [...table.tHead.rows[0].cells];
    headers.forEach((header, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener("click", () => {
        const down = header.getAttribute("aria-sort") === "ascending";
        for (const other of headers) other.removeAttribute("aria-sort");
        header.setAttribute("aria-sort", down ? "descending" : "ascending");
        const [body] = table.tBodies;
        const rows = [...body.rows].map((row) => [sortKey(row, column), row]);
        rows.sort(([a], [b]) => (down ? compare(b, a) : compare(a, b)));
        body.append(...rows.map(([, row]) => row));
      });
    });
  }

  /** Start a case's viewer, once the case is unfolded. */
  function starting(section) {
    const folded = section.querySelector(".viewer")?.closest("details:not([open])");
    if (folded) folded.addEventListener("toggle", () => starting(section), { once: true });
    else convcheck.Viewer.start(section);
  }

  /** Start the viewer of each case when it comes into sight: a page may have a hundred. */
  function viewing(sections) {
    const watch = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        watch.unobserve(target);
        starting(target);
      }
    }, { rootMargin: "200px" });
    for (const section of sections) watch.observe(section);
  }

  /** Unfold the case that a link in the page leads to, where the browser does not do it itself. */
  function unfold() {
    const target = document.getElementById(location.hash.slice(1));
    const folded = target?.closest("details");
    if (!folded) return;
    folded.open = true;
    target.scrollIntoView();
  }

  function start() {
    addEventListener("hashchange", unfold);
    unfold();
    document.querySelectorAll("button.copy").forEach(copying);
    document.querySelectorAll("table.sortable").forEach(sorting);
    viewing(document.querySelectorAll("section.case"));
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
}
