const page = document.documentElement.dataset;
function say() {
  const minutes = Math.max(0, Math.floor((Date.now() - Date.parse(page.written)) / 60000));
  const [count, unit] = minutes < 60 ? [minutes, "minute"] : minutes < 2880 ? [Math.floor(minutes / 60), "hour"] : [Math.floor(minutes / 1440), "day"];
  document.getElementById("age").textContent = minutes ? ` – ${count} ${unit}${count === 1 ? "" : "s"} ago` : " – just now";
  document.getElementById("old").hidden = !page.late || minutes * 60 < Number(page.late);
}
say();
setInterval(say, 20000);
setTimeout(() => location.reload(), 60000);
