// Dark or light: the system's wish, until somebody chooses.

const kKey = 'rollcall-theme';
const dark = window.matchMedia('(prefers-color-scheme: dark)');

function apply(changed) {
  document.documentElement.dataset.theme =
    localStorage.getItem(kKey) ?? (dark.matches ? 'dark' : 'light');
  changed();
}

// changed(): colours were read from the style sheet before, and are others now.
export function followTheme(button, changed) {
  dark.addEventListener('change', () => apply(changed));
  button.addEventListener('click', () => {
    const {theme} = document.documentElement.dataset;
    localStorage.setItem(kKey, theme === 'dark' ? 'light' : 'dark');
    apply(changed);
  });
}
