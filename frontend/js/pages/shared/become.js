/**
 * Makes what is shown as it was made anew, touching only what differs: focus, selected text and a press that has begun stay. Elements
 * keep their listeners, which must hold for whatever takes their place; `data-key` tells those of a list apart.
 * @module
 */

const kindOf = (/** @type {Node} */ node) => (node instanceof HTMLElement ? `${node.tagName} ${node.dataset.key}` : node.nodeName);

/** @param {Element} shown @param {Element} made of the same kind; it is taken apart */
export function become(shown, made) {
  for (const { name } of [...shown.attributes]) if (!made.hasAttribute(name)) shown.removeAttribute(name);
  for (const { name, value } of made.attributes) if (shown.getAttribute(name) !== value) shown.setAttribute(name, value);
  const wanted = [...made.childNodes];
  const kinds = new Set(wanted.map(kindOf));
  for (const child of [...shown.childNodes]) if (!kinds.has(kindOf(child))) child.remove();
  let next = shown.firstChild;
  for (const child of wanted) {
    if (!next || kindOf(next) !== kindOf(child)) {
      shown.insertBefore(child, next);
      continue;
    }
    if (next instanceof Element) become(next, /** @type {Element} */ (child));
    else if (next.nodeValue !== child.nodeValue) next.nodeValue = child.nodeValue;
    next = next.nextSibling;
  }
  while (shown.childNodes.length > wanted.length) shown.lastChild?.remove();
}
