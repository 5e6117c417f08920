// What pages do by themselves: menus close on Escape and on a click elsewhere, one is open at a time; and that
// the connection is lost is told to whoever does not see it.
(() => {
  const opened = () => document.querySelectorAll("details.menu[open]");
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of opened()) {
      const inside = menu.contains(document.activeElement);
      menu.open = false;
      if (inside) menu.querySelector("summary").focus();
    }
  });
  addEventListener("click", (event) => {
    for (const menu of opened()) if (!menu.contains(event.target)) menu.open = false;
  });
  addEventListener("DOMContentLoaded", () => document.getElementById("popup")?.setAttribute("role", "alert"));
})();
