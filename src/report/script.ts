/**
 * The script of the page: theme, tabs, sortable tables, tips at the pointer, copying. Everything reads well without it.
 * It holds no data; a `</script>` never occurs in it.
 */
export const script = `(() => {
  const root = document.documentElement;
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  const theme = document.querySelector(".theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  const label = () => { theme.textContent = isDark() ? "Light theme" : "Dark theme"; };
  theme.hidden = false;
  theme.onclick = () => { root.dataset.theme = isDark() ? "light" : "dark"; label(); };
  dark.onchange = label;
  label();

  for (const box of all("[data-tabs]")) {
    const panels = all(":scope > [data-tab]", box);
    const bar = document.createElement("div");
    bar.className = "tabbar";
    bar.setAttribute("role", "tablist");
    bar.setAttribute("aria-label", box.dataset.tabs);
    const buttons = panels.map((panel) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = panel.dataset.tab;
      button.setAttribute("role", "tab");
      button.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
      bar.append(button);
      return button;
    });
    const show = (k) => panels.forEach((panel, j) => {
      panel.hidden = j !== k;
      buttons[j].setAttribute("aria-selected", String(j === k));
      buttons[j].tabIndex = j === k ? 0 : -1;
    });
    buttons.forEach((button, k) => {
      button.onclick = () => show(k);
      button.onkeydown = (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        const next = (k + step + panels.length) % panels.length;
        show(next);
        buttons[next].focus();
      };
    });
    box.prepend(bar);
    box.classList.add("live");
    const follow = () => {
      const k = panels.findIndex((panel) => "#" + panel.id === location.hash);
      if (k < 0) return;
      show(k);
      bar.scrollIntoView();
    };
    show(0);
    addEventListener("hashchange", follow);
    follow();
  }

  for (const head of all("th[data-sort]")) {
    const numeric = head.dataset.sort === "number";
    const column = [...head.parentNode.children].indexOf(head);
    const body = head.closest("table").tBodies[0];
    const key = (row) => row.cells[column].dataset.key;
    const sort = () => {
      const up = head.getAttribute("aria-sort") === (numeric ? "descending" : "ascending");
      const sign = up === numeric ? 1 : -1;
      all("th", head.parentNode).forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      const order = (a, b) => {
        const [x, y] = [key(a), key(b)];
        if (x === "" || y === "") return (x === "") - (y === "");
        return sign * (numeric ? x - y : x.localeCompare(y));
      };
      body.append(...[...body.rows].sort(order));
    };
    head.tabIndex = 0;
    head.onclick = sort;
    head.onkeydown = (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      sort();
    };
  }

  const tip = document.getElementById("tip");
  for (const title of all("svg title")) {
    title.parentNode.dataset.tip = title.textContent;
    title.remove();
  }
  document.onpointermove = (event) => {
    const target = event.target.closest("[data-tip]");
    tip.hidden = !target;
    if (!target) return;
    tip.textContent = target.dataset.tip;
    const { width, height } = tip.getBoundingClientRect();
    const x = Math.min(event.clientX + 14, innerWidth - width - 8);
    const y = event.clientY + 18 + height > innerHeight ? event.clientY - height - 10 : event.clientY + 18;
    tip.style.transform = "translate(" + Math.max(4, x) + "px," + y + "px)";
  };

  if (navigator.clipboard) {
    for (const block of all("[data-copy]")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      const text = block.textContent;
      button.onclick = async () => {
        await navigator.clipboard.writeText(text.trimEnd());
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      };
      block.append(button);
    }
  }

  const links = new Map(all("nav a").map((link) => [link.hash.slice(1), link]));
  const seen = new Set();
  const watch = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) seen[isIntersecting ? "add" : "delete"](target.id);
    let current = true;
    for (const [id, link] of links) {
      link.classList.toggle("here", current && seen.has(id));
      if (seen.has(id)) current = false;
    }
  }, { rootMargin: "-15% 0px -50% 0px" });
  all(".section").forEach((section) => watch.observe(section));
})();`;
