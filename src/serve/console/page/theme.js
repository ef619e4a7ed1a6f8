import { byId, setText } from './dom.js';

const CHOICES = /** @type {const} */ (['system', 'light', 'dark']);
const KEY = 'tidemark-theme';

/** Follows the system until somebody chooses; the choice stays in this browser. @param {() => void} onChange */
export function startTheme(onChange) {
  const system = matchMedia('(prefers-color-scheme: dark)');
  let choice = CHOICES.find((known) => known === stored()) ?? 'system';
  const show = () => {
    const isDark = choice === 'dark' || (choice === 'system' && system.matches);
    document.documentElement.dataset['theme'] = isDark ? 'dark' : 'light';
    setText(byId('theme'), `Theme: ${choice}`);
    onChange();
  };
  byId('theme').addEventListener('click', () => {
    choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length] ?? 'system';
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // A browser that stores nothing forgets the choice with the page.
    }
    show();
  });
  system.addEventListener('change', show);
  show();
}

function stored() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
