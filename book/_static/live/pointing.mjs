// Mouse, touch, pen and arrow keys, as both live pages take them.

/** Right and down for each arrow key. */
export const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Where an event is in an element that stands for so many units across and down. */
export function placeIn(element, { clientX, clientY }, across, down) {
  const box = element.getBoundingClientRect();
  return { x: ((clientX - box.left) / box.width) * across, y: ((clientY - box.top) / box.height) * down };
}

/** The events that were passed over since the last one, with it: a fast hand still draws a round line. */
export function passed(event) {
  const all = event.getCoalescedEvents?.() ?? [];
  return all.length ? all : [event];
}
