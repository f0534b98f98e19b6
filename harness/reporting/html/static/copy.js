// ---- copy.js: a segment as text, as Markdown, and as the body of an issue ----

/** @param {"text" | "markdown" | "issue" | "link"} form */
async function copy(form) {
  const of = task();
  const text = form === "link" ? location.href : form === "text" ? asText(of, state.segment) : asMarkdown(of, state.segment, form === "issue");
  const names = { text: "text", markdown: "Markdown", issue: "an issue", link: "a link" };
  say(await put(text) ? `${plain(of.id[state.segment])} is copied as ${names[form]}` : "The browser did not allow copying; select the text instead");
}

/** @param {string} text */
async function put(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = /** @type {HTMLTextAreaElement} */ (h("textarea", { class: "hidden", "aria-hidden": "true" }));
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

/** Label, scores and text of everything that there is of a segment. @param {Task} of @param {number} segment @returns {[string, string][]} */
function blocks(of, segment) {
  /** @type {[string, string][]} */
  const found = [["source", textOf(of.source[segment]) || ""]];
  of.versions.forEach((version, place) => {
    const text = textOf(of.references[place][segment]);
    if (text !== null) found.push(["reference " + version, text]);
  });
  for (const system of order(of)) {
    const text = textOf(of.output[system][segment]);
    if (text === null) continue;
    const scores = of.metrics.map(([name, , decimals], place) => name + " " + number(of.scores[place][system][segment], decimals));
    const flags = of.flags.filter((_, bit) => of.flagged[system][segment] & (1 << bit)).map(([name]) => name);
    found.push([`${of.systems[system]} (${[...scores, ...flags].join(", ")})`, text]);
  }
  return found;
}

/** @param {Task} of @param {number} segment */
function asText(of, segment) {
  return [of.id[segment], ...blocks(of, segment).map(([label, text]) => `${label}\n${text}`)].join("\n\n") + "\n";
}

/** Hidden characters are codes here, because a reader of an issue cannot see them. @param {Task} of @param {number} segment @param {boolean} isIssue */
function asMarkdown(of, segment, isIssue) {
  const parts = blocks(of, segment).map(([label, text]) => {
    const fence = "`".repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(run => run[0].length + 1)));
    return `**${escaped(label)}**\n\n${fence}text\n${plain(text)}\n${fence}`;
  });
  if (!isIssue) return `### ${escaped(of.id[segment])}\n\n${parts.join("\n\n")}\n`;
  return [
    `### ${escaped(of.id[segment])}`, `Report: ${escaped(document.title)}; task: ${escaped(of.title)}`,
    "What is wrong: <!-- one sentence -->", ...parts,
    `<details><summary>Where it is in the report</summary>\n\n\`${location.hash.replace(/`/g, "%60")}\`\n\n</details>`,
  ].join("\n\n") + "\n";
}

/** @param {string} text */
function escaped(text) {
  return plain(text).replace(/[\\`*_|<>#[\]]/g, "\\$&").replace(/\s+/g, " ");
}
